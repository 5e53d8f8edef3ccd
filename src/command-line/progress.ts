const WIDTH = 30
const EVERY_MS = 100

/** A bar on a terminal, on standard error; elsewhere nothing. @param total in the unit of `show`'s first number */
export function progressBar(total: number): { show(done: number, events: number): void; end(): void } {
  const out = process.stderr
  if (!out.isTTY || total === 0) return { show: () => {}, end: () => {} }
  let shownAt = 0
  return {
    show(done, events) {
      if (performance.now() - shownAt < EVERY_MS) return
      shownAt = performance.now()
      const part = Math.min(1, done / total)
      const bar = '#'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '.')
      out.write(`\r${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${events.toLocaleString('en')} events`)
    },
    end: () => void out.write('\r\x1b[K'),
  }
}
