import { sql } from 'drizzle-orm'
import { createApp, deleteApp, revokeSecret, rotateSecret, updateApp } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, describe, expect, peek, test } from '../support/index.ts'

/** As the one who made the tables: beyond what a gateway may do. */
const asMaker = (db: Database, ...statements: string[]) =>
  db.transaction(async (tx) => {
    for (const statement of ['set local role none', ...statements]) await tx.execute(sql.raw(statement))
  })

/** While it lasts, no event can be written: what a full disk or a bug there would do. */
async function withoutHistory(db: Database): Promise<AsyncDisposable> {
  await asMaker(db, 'revoke insert on audit_events from chatelaine_system')
  return { [Symbol.asyncDispose]: () => asMaker(db, 'grant insert on audit_events to chatelaine_system') }
}

const stateOf = async (db: Database, owner: Caller) => ({
  apps: await peek(db, `select * from apps where account_id = '${owner.accountId}' order by id`),
  secrets: await peek(db, `select * from secrets where account_id = '${owner.accountId}' order by id`),
  head: await peek(db, `select * from audit_heads where account_id = '${owner.accountId}'`),
  events: await allEvents(db, owner),
})

describe('a mutation whose event cannot be written leaves nothing behind', () => {
  const mutations = [
    'createApp',
    'updateApp',
    'rotateSecret',
    'rotateSecret PT0S',
    'revokeSecret',
    'deleteApp',
  ] as const
  test.for(mutations)('%s', async (name, { db, app, owner, instance }) => {
    const { id } = app.app
    await rotateSecret(db, owner, { appId: id, gracePeriod: 3600 }, instance)
    const mutate = {
      createApp: () => createApp(db, owner, { name: 'Other', scopes: [] }, instance),
      updateApp: () => updateApp(db, owner, { id, name: 'Other' }, instance.catalogue),
      rotateSecret: () => rotateSecret(db, owner, { appId: id, gracePeriod: 60 }, instance),
      'rotateSecret PT0S': () => rotateSecret(db, owner, { appId: id, gracePeriod: 0 }, instance),
      revokeSecret: () => revokeSecret(db, owner, { id: app.secret.id }),
      deleteApp: () => deleteApp(db, owner, { id }),
    }[name]
    const before = await stateOf(db, owner)
    {
      await using _broken = await withoutHistory(db)
      await expect(mutate()).rejects.toMatchObject({ cause: { code: '42501' } })
      expect(await stateOf(db, owner)).toEqual(before)
    }
    expect(await mutate()).toMatchObject({ ok: true }) // it was the history alone
  })
})

test('an account without its counter can be changed no more', async ({ db, app, owner, instance }) => {
  await asMaker(db, `delete from audit_heads where account_id = '${owner.accountId}'`)
  const before = await stateOf(db, owner)
  expect(before.head).toEqual([])
  const update = updateApp(db, owner, { id: app.app.id, name: 'Other' }, instance.catalogue)
  await expect(update).rejects.toMatchObject({ cause: { code: 'P0002' } }) // no_data_found
  expect(await stateOf(db, owner)).toEqual(before)
})

test('where the mutation fails after its event, the event is gone too', async ({ db, app, owner, instance }) => {
  const before = await stateOf(db, owner)
  // Fails at the commit, when the event has been written.
  await asMaker(
    db,
    "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$",
    `create constraint trigger refuse after update on apps deferrable initially deferred
       for each row execute function refuse()`,
  )
  const update = updateApp(db, owner, { id: app.app.id, name: 'Other' }, instance.catalogue)
  await expect(update).rejects.toThrow()
  await asMaker(db, 'drop trigger refuse on apps', 'drop function refuse')
  expect(await stateOf(db, owner)).toEqual(before)
})
