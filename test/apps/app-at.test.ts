import { createApp, deleteApp, findAppAt, rotateSecret, updateApp } from '../../src/apps/index.ts'
import { headOf } from '../../src/audit/index.ts'
import { expect, issued, newAccount, read, test } from '../support/index.ts'

test('an app is told as it was right after each event, living and deleted, and not before it was there', async ({
  db,
  owner,
  instance,
}) => {
  const { app, secret } = issued(await createApp(db, owner, { name: 'Billing', scopes: [] }, instance))
  await updateApp(db, owner, { id: app.id, name: 'Invoices', tokenLifetime: 60 }, instance.catalogue)
  await updateApp(
    db,
    owner,
    { id: app.id, name: 'Bills', status: 'DISABLED', description: 'Sends them' },
    instance.catalogue,
  )
  await updateApp(db, owner, { id: app.id, status: 'ACTIVE' }, instance.catalogue)
  const rotated = issued(await rotateSecret(db, owner, { appId: app.id, gracePeriod: 3600 }, instance))
  await createApp(db, owner, { name: 'Another', scopes: [] }, instance)
  await deleteApp(db, owner, { id: app.id })
  const at = (sequence: number) => read(db, owner, (tx) => findAppAt(tx, owner, app.id, sequence))
  const [first, second] = [secret.hint, rotated.secret.hint]
  const made = { name: 'Billing', description: null, tokenLifetime: 3600, scopes: [], status: 'ACTIVE', deleted: false }
  expect(await at(1)).toEqual({ ...made, sequence: 1, at: expect.any(Date), secretHints: [first] })
  expect(await at(2)).toMatchObject({ ...made, name: 'Invoices', tokenLifetime: 60 })
  expect(await at(3)).toMatchObject({ name: 'Bills', description: 'Sends them', tokenLifetime: 60, status: 'DISABLED' })
  expect(await at(4)).toMatchObject({ status: 'ACTIVE', secretHints: [first] })
  expect(await at(5)).toMatchObject({ name: 'Bills', secretHints: [second, first], deleted: false })
  expect(await at(6)).toMatchObject({ name: 'Bills', secretHints: [second, first], deleted: false })
  expect(await at(7)).toMatchObject({ name: 'Bills', secretHints: [], deleted: true })

  const later = issued(await createApp(db, owner, { name: 'Later', scopes: [] }, instance))
  const head = await read(db, owner, (tx) => headOf(tx, owner.accountId))
  const laterAt = (sequence: number) => read(db, owner, (tx) => findAppAt(tx, owner, later.app.id, sequence))
  expect([await laterAt(head - 1), (await laterAt(head))?.name]).toEqual([null, 'Later'])
  for (const sequence of [0, -1, head + 1]) await expect(at(sequence)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
})

test('of another account there is none, and it needs the permission', async ({ db, owner, app, instance }) => {
  const other = await newAccount(db)
  await createApp(db, other, { name: 'Theirs', scopes: [] }, instance)
  expect(await read(db, other, (tx) => findAppAt(tx, other, app.app.id, 1))).toBeNull()
  const nobody = { ...owner, permissions: new Set<never>() }
  await expect(read(db, nobody, (tx) => findAppAt(tx, nobody, app.app.id, 1))).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
})
