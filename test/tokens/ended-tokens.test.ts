import { describe, expect, type TestGateway, test } from '../support/index.ts'

type Made = { app: { id: string; clientId: string }; secret: { id: string }; clientSecret: string }

const LIST = '/chatelaine/apps/list'
const CREATE = `mutation ($scopes: [String!]!) { createApp(input: { name: "Robot", scopes: $scopes }) {
  app { id clientId } secret { id } clientSecret } }`
const ROTATE = `mutation ($input: RotateSecretInput!) { rotateSecret(input: $input) {
  secret { id } clientSecret previousSecretExpiresAt errors { code } } }`
const APP = `query ($id: ID!) { app(id: $id) { lastUsedAt secrets {
  id status current awaitsFirstUse expiresAt lastUsedAt lastUsedIp safeToRevoke } } }`

async function newRobot(gateway: TestGateway, token: string): Promise<Made> {
  const { body } = await gateway.graphql<{ createApp: Made }>(CREATE, { scopes: [LIST] }, token)
  if (!body.data) throw new Error('The app was not made.')
  return body.data.createApp
}

async function rotate(gateway: TestGateway, token: string, { app }: Made, input: Record<string, unknown>) {
  const rotation = { appId: app.id, ...input }
  const { body } = await gateway.graphql<{ rotateSecret: Omit<Made, 'app'> }>(ROTATE, { input: rotation }, token)
  if (!body.data) throw new Error('The secret was not rotated.')
  return body.data.rotateSecret
}

async function grant(gateway: TestGateway, { app }: Made, clientSecret: string): Promise<string | null> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: clientSecret,
  })
  const answer = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: form })
  return ((await answer.json()) as { access_token?: string }).access_token ?? null
}

const opens = async (gateway: TestGateway, token: string | null) =>
  token !== null && (await gateway.graphql('{ apps { totalCount } }', {}, token)).status === 200

const run = (gateway: TestGateway, token: string, field: string, input: Record<string, unknown>) =>
  gateway.graphql(
    `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { errors { code } } }`,
    { input },
    token,
  )

describe('a token made with it is dead from the answer on, after', () => {
  test('revokeTokens, with whatever secret; those issued after it hold', async ({ gateway, token }) => {
    const robot = await newRobot(gateway, token)
    const { clientSecret } = await rotate(gateway, token, robot, { gracePeriod: 'PT1H' })
    const before = [await grant(gateway, robot, robot.clientSecret), await grant(gateway, robot, clientSecret)]
    expect(await Promise.all(before.map((one) => opens(gateway, one)))).toEqual([true, true])
    await run(gateway, token, 'revokeTokens', { appId: robot.app.id })
    expect(await Promise.all(before.map((one) => opens(gateway, one)))).toEqual([false, false])
    expect(await opens(gateway, await grant(gateway, robot, clientSecret))).toBe(true)
    expect(await opens(gateway, await grant(gateway, robot, robot.clientSecret))).toBe(true)
  })

  test('undoRotation, with the secret taken back; those of the one before hold', async ({ gateway, token }) => {
    const robot = await newRobot(gateway, token)
    const old = await grant(gateway, robot, robot.clientSecret)
    const rotation = await rotate(gateway, token, robot, { gracePeriod: 'PT1H' })
    const taken = await grant(gateway, robot, rotation.clientSecret)
    await run(gateway, token, 'undoRotation', { appId: robot.app.id, secretId: rotation.secret.id })
    expect([await opens(gateway, taken), await opens(gateway, old)]).toEqual([false, true])
    expect(await grant(gateway, robot, rotation.clientSecret)).toBeNull()
    expect(await opens(gateway, await grant(gateway, robot, robot.clientSecret))).toBe(true)
  })

  test('setSecretEnabled(false), and holds again when it is switched on', async ({ gateway, token }) => {
    const robot = await newRobot(gateway, token)
    const access = await grant(gateway, robot, robot.clientSecret)
    await run(gateway, token, 'setSecretEnabled', { id: robot.secret.id, enabled: false })
    expect([await opens(gateway, access), await grant(gateway, robot, robot.clientSecret)]).toEqual([false, null])
    await run(gateway, token, 'setSecretEnabled', { id: robot.secret.id, enabled: true })
    expect(await opens(gateway, access)).toBe(true)
  })
})

test('the first token with the new secret starts the grace period before it is answered', async ({
  gateway,
  token,
}) => {
  const robot = await newRobot(gateway, token)
  const rotation = await rotate(gateway, token, robot, { gracePeriod: 'PT1H', graceStarts: 'FIRST_USE' })
  const seen = async () => (await gateway.graphql<{ app: unknown }>(APP, { id: robot.app.id }, token)).body.data?.app
  expect(await grant(gateway, robot, robot.clientSecret)).not.toBeNull()
  expect(await seen()).toMatchObject({
    secrets: [{ awaitsFirstUse: false }, { awaitsFirstUse: true, lastUsedIp: '127.0.0.1', safeToRevoke: false }],
  })
  const started = Date.now()
  expect(await grant(gateway, robot, rotation.clientSecret)).not.toBeNull()
  const after = (await seen()) as { secrets: { awaitsFirstUse: boolean; expiresAt: string }[] }
  expect(after.secrets.map(({ awaitsFirstUse }) => awaitsFirstUse)).toEqual([false, false])
  const left = new Date(after.secrets[1]?.expiresAt ?? 0).getTime() - started
  expect(Math.abs(left - 3_600_000)).toBeLessThan(60_000)
})

test('an old secret that is used after the roll-out shows at once', async ({ gateway, token }) => {
  const robot = await newRobot(gateway, token)
  const { clientSecret } = await rotate(gateway, token, robot, { gracePeriod: 'P7D' })
  await grant(gateway, robot, clientSecret)
  const seen = async () => {
    const { body } = await gateway.graphql<{ app: { secrets: { lastUsedAt: string | null }[] } }>(
      APP,
      { id: robot.app.id },
      token,
    )
    return body.data?.app.secrets.map(({ lastUsedAt }) => lastUsedAt !== null)
  }
  expect(await seen()).toEqual([false, false])
  await grant(gateway, robot, robot.clientSecret)
  expect(await seen()).toEqual([false, true])
})
