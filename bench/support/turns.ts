export type Turns = {
  /** How many run side by side. */
  atOnce: number
  rounds: number
  roundMs: number
}

/**
 * Times several ways of doing the same by turns, A B C A B C …, so that what else the machine does falls on all of them.
 * The first round, in which the code is compiled, is not counted.
 *
 * @returns of each way, how often a second it was done, round by round
 */
export async function ratesByTurns<Way extends string>(
  ways: Record<Way, () => Promise<void>>,
  { atOnce, rounds, roundMs }: Turns,
): Promise<Record<Way, number[]>> {
  const names = Object.keys(ways) as Way[]
  const rates = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Way, number[]>
  for (let round = -1; round < rounds; round++)
    for (const name of names) {
      const rate = await rateOf(ways[name], atOnce, roundMs)
      if (round >= 0) rates[name].push(rate)
    }
  return rates
}

/** Round by round. */
export function ratiosOf(rates: readonly number[], baseline: readonly number[]): number[] {
  return rates.map((rate, round) => rate / (baseline[round] ?? Number.NaN))
}

async function rateOf(work: () => Promise<void>, atOnce: number, roundMs: number): Promise<number> {
  const begin = performance.now()
  let done = 0
  const worker = async () => {
    while (performance.now() - begin < roundMs) {
      await work()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return (done / (performance.now() - begin)) * 1000
}
