import { brandWithType } from '@pothos/core'
import { findUsers, type User } from '../accounts/index.ts'
import type { ActorType } from '../caller.ts'
import { Fault } from '../result.ts'
import { AppRef } from './app-type.ts'
import { builder } from './builder.ts'
import { type Context, requireCaller } from './context.ts'

export const UserRef = builder.objectRef<User>('User')
builder.node(UserRef, {
  id: { resolve: (user) => user.id },
  loadManyWithoutCache: (ids, context) => {
    const { caller } = requireCaller(context)
    return context.reads.read((tx) => findUsers(tx, caller, ids, 'members/list'))
  },
  fields: (t) => ({
    email: t.exposeString('email'),
    name: t.exposeString('name', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

type System = { name: string }
const SystemRef = builder.objectRef<System>('System').implement({ fields: (t) => ({ name: t.exposeString('name') }) })

export const ActorRef = builder.unionType('Actor', {
  types: [UserRef, AppRef, SystemRef],
  description:
    'Who did something: a person, an OAuth app that called this API, or the system itself (bootstrap, expiry).',
})

/** Who it is today; null where the caller may not see it. */
export async function loadActor(context: Context, { type, id }: { type: ActorType; id: string | null }) {
  if (type === 'SYSTEM') return branded({ name: 'system' }, SystemRef)
  const { caller, loaders } = requireCaller(context)
  if (id === null) return null
  if (type === 'USER') return branded(await loaders.user.load(id), UserRef)
  if (caller.actor.type === 'APP' && id === caller.actor.id) return branded(await loaders.self.load(id), AppRef)
  if (!caller.permissions.has('apps/read')) return null
  return branded(await loaders.app.load(id), AppRef)
}

/** As loadActor. @throws Fault FORBIDDEN where the caller may not see who it is */
export async function requireActor(context: Context, actor: { type: ActorType; id: string | null }) {
  const found = await loadActor(context, actor)
  if (!found) throw new Fault('FORBIDDEN', 'This needs the permission apps/read.')
  return found
}

/** Tells the union which of its types a plain value is. */
function branded<T extends object>(value: T | null, type: Parameters<typeof brandWithType>[1]): T | null {
  if (value) brandWithType(value, type)
  return value
}
