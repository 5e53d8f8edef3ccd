import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import type { JSONWebKeySet } from 'jose'
import type { TestGateway } from '../support/index.ts'

/** The ids in a gateway's JWKS: next, current, previous. @param host of the issuer, where the gateway has another address */
export async function publishedKids({ url, publicUrl }: TestGateway, host = { host: new URL(publicUrl).host }) {
  const [response] = (await once(get(`${url}/.well-known/jwks.json`, { headers: host }), 'response')) as [
    IncomingMessage,
  ]
  return ((await json(response)) as JSONWebKeySet).keys.map(({ kid = '' }) => kid)
}
