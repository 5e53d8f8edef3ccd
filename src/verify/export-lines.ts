import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'

export const MAX_LINE_BYTES = 1_048_576
const NEWLINE = 0x0a
const BLOCK_BYTES = 1_048_576

/** Complete lines of a file, in one piece; `ends` are the places behind their newlines. */
export type Block = { bytes: Buffer; ends: number[]; isUtf8: boolean; read: number }

/**
 * Reads a file in blocks of whole lines.
 * @returns blocks, the last with a newline at its end whether the file has one or not; a line over 1 MiB ends it
 */
export async function* blocksOf(file: string): AsyncGenerator<Block | 'too-long'> {
  let rest: Buffer = Buffer.alloc(0)
  let read = 0
  for await (const chunk of createReadStream(file, { highWaterMark: BLOCK_BYTES })) {
    read += (chunk as Buffer).length
    const bytes = Buffer.concat([rest, chunk as Buffer])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    if (bytes.length - end > MAX_LINE_BYTES) return yield 'too-long'
    rest = bytes.subarray(end)
    if (end > 0) yield blockOf(bytes.subarray(0, end), read)
  }
  if (rest.length > 0) yield blockOf(Buffer.concat([rest, Buffer.of(NEWLINE)]), read)
}

function blockOf(bytes: Buffer, read: number): Block {
  const ends: number[] = []
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) ends.push(at + 1)
  return { bytes, ends, isUtf8: isUtf8(bytes), read }
}
