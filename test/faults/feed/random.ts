/** Numbers that look random and are the same for the same seed (mulberry32). */
export type Random = {
  /** From 0 up to, but not, `limit`. */
  below(limit: number): number
  /** @param share 0.1 for once in ten times */
  chance(share: number): boolean
  pick<T>(values: readonly [T, ...T[]]): T
  shuffled<T>(values: readonly T[]): T[]
}

/** @param stream another for whoever takes numbers of its own, so that the order in which they ask changes nothing */
export function randomOf(seed: number, stream: number): Random {
  let state = (seed ^ Math.imul(stream + 1, 0x9e3779b9)) >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    chance: (share) => next() < share,
    pick: (values) => values[below(values.length)] ?? values[0],
    shuffled(values) {
      const left = [...values]
      return values.flatMap(() => left.splice(below(left.length), 1))
    },
  }
}
