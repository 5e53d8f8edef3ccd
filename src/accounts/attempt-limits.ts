import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { networkOf } from '../network-of.ts'
import { Fault } from '../result.ts'

/**
 * Bounds on guessing, by failures and not by requests, in this process's memory: they ask for no table that a flood
 * could fill, and a gateway more multiplies them by no more than the gateways. Asked before the work, they spare it;
 * many at once all pass there, so a failure beyond the bound is told as RATE_LIMITED when it is noted.
 */
export type AttemptLimits = {
  /** @throws Fault RATE_LIMITED after 10 failures in 15 minutes for an e-mail from one network, or 50 an hour from an address */
  requireSignIn(email: string, ip: string | null): Promise<void>
  /** @throws Fault RATE_LIMITED for a failure beyond those */
  noteFailedSignIn(email: string, ip: string | null): Promise<void>
  /**
   * @throws Fault RATE_LIMITED after 20 e-mails an hour that turned out to be somebody's elsewhere: in this account, or
   *   tried by this person or app, who may have many accounts
   */
  requireTakenEmails(asker: Asker): Promise<void>
  /** @throws Fault RATE_LIMITED for one beyond those */
  noteTakenEmail(asker: Asker): Promise<void>
}

type Asker = { accountId: string; actor: { id: string | null } }

export function createAttemptLimits(): AttemptLimits {
  const perPerson = new RateLimiterMemory({ points: 10, duration: 900 })
  const perAddress = new RateLimiterMemory({ points: 50, duration: 3600 })
  const takenEmails = new RateLimiterMemory({ points: 20, duration: 3600 })
  const personKey = (email: string, ip: string | null) => `${networkOf(ip)} ${email}`
  return {
    async requireSignIn(email, ip) {
      await requirePoints(perPerson, personKey(email, ip))
      await requirePoints(perAddress, networkOf(ip))
    },
    async noteFailedSignIn(email, ip) {
      await Promise.all([spendPoint(perPerson, personKey(email, ip)), spendPoint(perAddress, networkOf(ip))])
    },
    async requireTakenEmails({ accountId, actor }) {
      for (const key of [accountId, `by ${actor.id}`]) await requirePoints(takenEmails, key)
    },
    async noteTakenEmail({ accountId, actor }) {
      await Promise.all([accountId, `by ${actor.id}`].map((key) => spendPoint(takenEmails, key)))
    },
  }
}

async function requirePoints(limiter: RateLimiterMemory, key: string): Promise<void> {
  const state: RateLimiterRes | null = await limiter.get(key)
  if (state && state.consumedPoints >= limiter.points) throw rateLimited(state)
}

async function spendPoint(limiter: RateLimiterMemory, key: string): Promise<void> {
  const state = await limiter.penalty(key)
  if (state.consumedPoints > limiter.points) throw rateLimited(state)
}

function rateLimited({ msBeforeNext }: RateLimiterRes): Fault {
  const retryAfter = Math.max(1, Math.ceil(msBeforeNext / 1000))
  return new Fault('RATE_LIMITED', `Too many failed attempts. Try again in ${retryAfter} seconds.`, { retryAfter })
}
