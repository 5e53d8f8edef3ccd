/** Whether an event stands where its number says. `again`: one too many; `late`: it was moved. */
export type Place = 'next' | 'gap' | 'late' | 'again'

/** Gaps that may still be filled by events out of their place; more are told at once. */
const OPEN_GAPS = 1000

/** Follows the numbers of a history: no gap, none twice, none out of order. */
export function createSequence(after: number, tell: (name: 'removed' | 'inserted' | 'swapped', text: string) => void) {
  let last = after
  let gaps: { from: number; to: number }[] = []
  const tellGap = ({ from, to }: { from: number; to: number }) =>
    tell('removed', from === to ? `event ${from}` : `events ${from} to ${to}`)

  return {
    last: () => last,
    /** Something that cannot be read stands in the next place. @returns its number */
    skip() {
      last += 1
      return last
    },
    see(number: number): Place {
      if (number === last + 1) {
        last = number
        return 'next'
      }
      if (number > last) {
        gaps.push({ from: last + 1, to: number - 1 })
        if (gaps.length > OPEN_GAPS) gaps.splice(0, 1).forEach(tellGap)
        last = number
        return 'gap'
      }
      const gap = gaps.find(({ from, to }) => from <= number && number <= to)
      if (!gap) {
        tell('inserted', `event ${number} is there more than once, or belongs before the first one here`)
        return 'again'
      }
      gaps = gaps.flatMap((one) =>
        one === gap
          ? [
              { from: gap.from, to: number - 1 },
              { from: number + 1, to: gap.to },
            ]
          : [one],
      )
      gaps = gaps.filter(({ from, to }) => from <= to)
      tell('swapped', `event ${number} stands behind event ${last}`)
      return 'late'
    },
    /** @returns the last number that was seen */
    end(): number {
      gaps.forEach(tellGap)
      return last
    },
  }
}
