import { benchApps } from './apps.ts'
import { benchFanOut } from './fan-out.ts'
import { benchFlood } from './flood.ts'
import { benchForwardAuth } from './forward-auth.ts'
import { benchHistory } from './history.ts'
import { benchMutations } from './mutations.ts'
import { benchPeers } from './peers.ts'
import { benchSeal } from './seal.ts'
import { benchToken } from './token.ts'

/** Every comparison, by the name that `npm run bench -- NAME` takes. */
const BENCHES: Record<string, { about: string; run: (argument?: string) => Promise<void> }> = {
  apps: {
    about: 'pages of 20 apps with their secrets a second, against the same without row-level security',
    run: benchApps,
  },
  flood: { about: 'waits of good clients while 1,000 wrong secrets a second come in, against quiet', run: benchFlood },
  'forward-auth': {
    about: 'answers a second of /forward-auth, against a Map of tokens on bare node:http; and µs to match a request',
    run: benchForwardAuth,
  },
  history: {
    about: 'blocks and milliseconds of pages of 10,000,000 events (or as many as said), against pages of 10,000',
    run: benchHistory,
  },
  mutations: {
    about: 'audited mutations a second on one account and on 100, against the same statements without audit',
    run: benchMutations,
  },
  seal: {
    about: 'what an event costs to seal, export and verify in each tenth of 1,000,000, and the memory for it',
    run: benchSeal,
  },
  token: { about: 'grants per second of /oauth/token, against a bare node:http server', run: benchToken },
  peers: {
    about: 'the same for node-oidc-provider and better-auth, which it installs into bench/peers on first use',
    run: benchPeers,
  },
  'fan-out': {
    about: 'an event to 3,000 and to 10,000 watchers, against a bare broadcast of a ready frame',
    run: benchFanOut,
  },
}

async function main(name: string | undefined, argument: string | undefined): Promise<void> {
  const bench = name === undefined ? undefined : BENCHES[name]
  if (bench) return bench.run(argument)
  const list = Object.entries(BENCHES).map(([each, { about }]) => `  ${each.padEnd(14)}${about}\n`)
  process.stdout.write(`npm run bench -- NAME\n\n${list.join('')}`)
  if (name !== undefined) process.exitCode = 1
}

await main(process.argv[2], process.argv[3])
