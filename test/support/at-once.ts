import type { AppInstance } from '../../src/apps/index.ts'

/**
 * An instance whose first `count` slow hashes end at the same moment, so that the transactions after them race: as they
 * come out of the queue, two at a time, they would hardly meet.
 */
export function atOnce<Instance extends Pick<AppInstance, 'slowHash'>>(instance: Instance, count: number): Instance {
  const { promise: allThere, resolve } = Promise.withResolvers<void>()
  let there = 0
  const hash = async (text: string) => {
    const hashed = await instance.slowHash.hash(text)
    there += 1
    if (there === count) resolve()
    await allThere
    return hashed
  }
  return { ...instance, slowHash: { ...instance.slowHash, hash } }
}
