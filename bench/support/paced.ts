import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { Worker } from 'node:worker_threads'
import type { LoadRequest } from 'autocannon'

export type Pace = {
  url: string
  requests: readonly LoadRequest[]
  /** Requests a second. */
  rate: number
  seconds: number
}
export type Answered = { status: number; waitMs: number }

/** Sends requests at their times, whether those before are answered or not, as many clients do that know nothing of one another. */
export async function sendPaced({ url, requests, rate, seconds }: Pace): Promise<Answered[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 })
  const address = url.replace('localhost', '127.0.0.1')
  const begin = performance.now()
  const answers: Promise<Answered>[] = []
  while (answers.length < rate * seconds) {
    const due = ((performance.now() - begin) * rate) / 1000
    for (; answers.length < due && answers.length < rate * seconds; ) {
      const next = requests[answers.length % requests.length]
      if (next) answers.push(send(address, agent, next))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const answered = await Promise.all(answers)
  agent.destroy()
  return answered
}

/** The same in a thread of its own, which holds up nobody's clock here. */
export async function sendPacedElsewhere(pace: Pace): Promise<Answered[]> {
  const worker = new Worker(new URL('./paced-worker.ts', import.meta.url), { workerData: pace })
  const [answered] = await once(worker, 'message')
  return answered
}

function send(address: string, agent: Agent, { method, path, headers, body }: LoadRequest): Promise<Answered> {
  const begin = performance.now()
  return new Promise((resolve, reject) => {
    const sent = request(address + path, { method, headers, agent }, (response) => {
      const answer = () => resolve({ status: response.statusCode ?? 0, waitMs: performance.now() - begin })
      response.resume().on('end', answer)
    })
    sent.on('error', reject).end(body)
  })
}
