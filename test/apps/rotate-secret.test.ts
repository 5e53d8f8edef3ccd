import { listSecrets, rotateSecret } from '../../src/apps/index.ts'
import { allEvents, atOnce, expect, read, test } from '../support/index.ts'

test('rotations at the same instant all succeed, and no secret is lost', async ({ db, app, owner, instance }) => {
  const racing = atOnce(instance, 4)
  const rotate = () => rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 3600 }, racing)

  const results = await Promise.all([rotate(), rotate(), rotate(), rotate()])
  expect(results.every((result) => result.ok)).toBe(true)
  const [secrets] = await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id]))
  expect(secrets?.map((secret) => secret.status)).toEqual(['CURRENT', 'GRACE', 'GRACE', 'GRACE', 'GRACE'])
  const events = await allEvents(db, owner)
  expect(events.filter((event) => event.type === 'SECRET_ROTATED')).toHaveLength(4)
  expect(events.map((event) => event.sequence)).toEqual(events.map((_event, index) => index + 1)) // without a gap
})

test('a grace period over 30 days is OUT_OF_RANGE, and nothing is written', async ({ db, app, owner, instance }) => {
  const before = await allEvents(db, owner)
  const result = await rotateSecret(db, owner, { appId: app.app.id, gracePeriod: 2_592_001 }, instance)
  expect(result).toMatchObject({ ok: false, errors: [{ path: ['gracePeriod'], code: 'OUT_OF_RANGE' }] })
  expect(await read(db, owner, (tx) => listSecrets(tx, owner, [app.app.id]))).toEqual([[app.secret]])
  expect(await allEvents(db, owner)).toEqual(before)
})
