// Gives the app that it runs for a new client secret. By a timer, once a day; where it fails, at once again.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

const { CHATELAINE_URL, APP_ID, CLIENT_ID, SECRET_FILE } = process.env
const post = async (path, init) => (await fetch(CHATELAINE_URL + path, { method: 'POST', ...init })).json()
const secret = readFileSync(SECRET_FILE, 'utf8').trim()
const client = { client_id: CLIENT_ID, client_secret: secret, resource: CHATELAINE_URL }
const token = await post('/oauth/token', { body: new URLSearchParams({ grant_type: 'client_credentials', ...client }) })

const query =
  'mutation ($input: RotateSecretInput!) { rotateSecret(input: $input) { clientSecret errors { message } } }'
// A key for each secret (its public part): if the answer is lost, the next run gets the same one.
const input = { appId: APP_ID, gracePeriod: 'P1D', idempotencyKey: `after ${secret.split('_')[1]}` }
const headers = { 'content-type': 'application/json', authorization: `Bearer ${token.access_token}` }
const answer = await post('/graphql', { headers, body: JSON.stringify({ query, variables: { input } }) })
const { clientSecret, errors } = answer.data?.rotateSecret ?? answer
if (!clientSecret) throw new Error(`Not rotated: ${token.error_description ?? errors?.[0]?.message}`)
writeFileSync(`${SECRET_FILE}.new`, clientSecret, { mode: 0o600 })
renameSync(`${SECRET_FILE}.new`, SECRET_FILE)
