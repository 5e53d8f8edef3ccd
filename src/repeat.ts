/** Something that a gateway does again and again, beside its requests. */
export type Repeated = { stop(): Promise<void> }

/**
 * Does a piece of work every so often, the first time after one interval, never two at once, and holds up no exit.
 * @param onError told of what failed; the next time tries again
 * @returns `stop` lets what is under way finish
 */
export function repeat(everyMs: number, work: () => Promise<void>, onError: (error: unknown) => void): Repeated {
  let atWork: Promise<void> | null = null
  const timer = setInterval(() => {
    atWork ??= work()
      .catch(onError)
      .finally(() => {
        atWork = null
      })
  }, everyMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await atWork
    },
  }
}
