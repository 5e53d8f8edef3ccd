import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, startTestGateway, test } from '../support/index.ts'

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** Tries until somebody listens: whoever is let in has to be answered. */
async function firstStatus(url: string): Promise<number> {
  for (;;) {
    const response = await fetch(url).catch(() => null)
    if (response) return response.status
    await sleep(1)
  }
}

test('who comes in the very moment in which a gateway begins to listen is answered', { timeout: 90_000 }, async () => {
  const port = await freePort()
  const knocking = Array.from({ length: 10 }, () => firstStatus(`http://127.0.0.1:${port}/healthz`))
  await using _gateway = await startTestGateway({ env: { PORT: String(port) } })
  expect(await Promise.all(knocking)).toEqual(Array(10).fill(200))
})
