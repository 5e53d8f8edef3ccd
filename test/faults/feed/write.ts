import { setTimeout as sleep } from 'node:timers/promises'
import type { Mutation, Outcome } from './anomalies.ts'
import type { Random } from './random.ts'

/** Each request's event carries its User-Agent, so that is what a mutation is known by. */
type Request = { query: string; input: Record<string, unknown>; marker: string }
type Payload = { errors: { code: string }[]; app?: { id: string } | null } | null

const MUTATIONS = {
  APP_CREATED: 'mutation ($input: CreateAppInput!) { done: createApp(input: $input) { app { id } errors { code } } }',
  APP_UPDATED: 'mutation ($input: UpdateAppInput!) { done: updateApp(input: $input) { errors { code } } }',
  SECRET_ROTATED: 'mutation ($input: RotateSecretInput!) { done: rotateSecret(input: $input) { errors { code } } }',
  APP_DELETED: 'mutation ($input: DeleteAppInput!) { done: deleteApp(input: $input) { errors { code } } }',
}
/** Of a mutation with a key, each after up to half a second. */
const TRIES = 300
type Type = keyof typeof MUTATIONS

/** Many who change the same apps at once, each through whichever gateway, until told to stop. */
export type Writers = {
  mutations: Mutation[]
  /** When what is under way has been answered. */
  stop(): Promise<void>
  /** One more, tried until a gateway acknowledges it. */
  writeLast(gateway: string): Promise<void>
}

export function startWriters(
  count: number,
  token: string,
  randomFor: (writer: number) => Random,
  gateway: (random: Random) => string,
): Writers {
  const mutations: Mutation[] = []
  const apps: string[] = []
  let stopping = false

  const write = async (random: Random, type: Type, keyed: boolean, at: () => string): Promise<Outcome> => {
    const marker = `mutation-${mutations.length + 1}`
    const appId = type === 'APP_CREATED' ? null : (apps[random.below(apps.length)] ?? null)
    const mutation: Mutation = { marker, type, appId, outcome: 'unknown' }
    mutations.push(mutation)
    if (type === 'APP_DELETED' && appId) apps.splice(apps.indexOf(appId), 1)
    const input = {
      ...inputOf(type, marker, appId),
      ...(keyed && { idempotencyKey: marker }),
    }
    let tries = 0
    do {
      if (tries > 0) await sleep(100 + random.below(400))
      const { outcome, app } = await send(at(), token, { query: MUTATIONS[type], input, marker })
      // Where an earlier try may have happened, a refusal of a later one says nothing of it.
      mutation.outcome = outcome === 'refused' && tries > 0 ? 'unknown' : outcome
      tries += 1
      if (app) {
        mutation.appId = app.id
        apps.push(app.id)
      }
      if (outcome === 'refused') break
    } while (keyed && mutation.outcome === 'unknown' && tries < TRIES)
    return mutation.outcome
  }

  const writing = Array.from({ length: count }, async (_, writer) => {
    const random = randomFor(writer)
    while (!stopping) {
      const type = apps.length < 5 ? 'APP_CREATED' : typeOf(random)
      const keyed = (type === 'APP_CREATED' || type === 'SECRET_ROTATED') && random.chance(0.5)
      await write(random, type, keyed, () => gateway(random))
      await sleep(random.below(200))
    }
  })
  return {
    mutations,
    async stop() {
      stopping = true
      await Promise.all(writing)
    },
    async writeLast(at) {
      const outcome = await write(randomFor(count), 'APP_CREATED', true, () => at)
      if (outcome !== 'acknowledged') throw new Error(`${at} acknowledges no mutation any more.`)
    },
  }
}

function typeOf(random: Random): Type {
  return random.pick(['APP_CREATED', 'APP_UPDATED', 'APP_UPDATED', 'SECRET_ROTATED', 'APP_DELETED'])
}

function inputOf(type: Type, marker: string, appId: string | null): Record<string, unknown> {
  if (type === 'APP_CREATED') return { name: marker, scopes: [] }
  if (type === 'SECRET_ROTATED') return { appId, gracePeriod: 'PT0S' }
  return { id: appId, ...(type === 'APP_UPDATED' && { name: marker }) }
}

async function send(
  url: string,
  token: string,
  { query, input, marker }: Request,
): Promise<{ outcome: Outcome; app?: { id: string } | null }> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'user-agent': marker },
      body: JSON.stringify({ query, variables: { input } }),
    })
    const { data } = (await response.json()) as { data?: { done: Payload } | null }
    if (!data?.done) return { outcome: 'unknown' }
    return { outcome: data.done.errors.length > 0 ? 'refused' : 'acknowledged', app: data.done.app }
  } catch {
    return { outcome: 'unknown' } // the connection was lost
  }
}
