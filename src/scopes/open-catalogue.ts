import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { ConfigError } from '../config.ts'
import { builtInCatalogue } from './built-in.ts'
import { type Catalogue, type CatalogueData, createCatalogue } from './catalogue.ts'
import { CATALOGUE_LIMITS, checkCatalogue } from './catalogue-rules.ts'
import { type Mistake, readLocatedJson } from './located-json.ts'

/** More are counted only: who has so many has made one of them often. */
const MAX_TOLD = 50

/** A catalogue before it is known where this instance answers. */
type OpenedCatalogue = {
  /** Of the file, in hex, by which gateways can be compared; null for the built-in catalogue. */
  sha256: string | null
  /** @param ownHost as createCatalogue's */
  at(ownHost: string): Catalogue
}

/**
 * The catalogue of SCOPES_FILE, or the built-in one; Chatelaine's own product is in each. Read once: another takes a
 * restart.
 * @param file an absolute path; null for the built-in one
 * @throws ConfigError with a sentence for each mistake in the file, with its line
 */
export function openCatalogue(file: string | null): OpenedCatalogue {
  if (file === null) return { sha256: null, at: builtInCatalogue }
  const bytes = readBytes(file)
  const data = readCatalogue(textOf(bytes))
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    at: (ownHost) => createCatalogue(data, ownHost),
  }
}

/** @throws ConfigError */
function readCatalogue(text: string): CatalogueData {
  const { located, mistakes } = readLocatedJson(text)
  if (!located) throw new ConfigError(sentencesOf(mistakes))
  const checked = checkCatalogue(located)
  if (checked.mistakes.length > 0) throw new ConfigError(sentencesOf(checked.mistakes))
  return checked.data
}

/** By their lines. */
function sentencesOf(mistakes: readonly Mistake[]): string {
  const sorted = mistakes.toSorted((one, other) => one.line - other.line)
  const told = sorted.slice(0, MAX_TOLD).map(({ line, message }) => `SCOPES_FILE, line ${line}: ${message}.`)
  const more = mistakes.length - told.length
  return [...told, ...(more > 0 ? [`SCOPES_FILE has ${more} more mistakes.`] : [])].join('\n')
}

/** A file alone, of bounded size: a pipe or a device would never end. */
function readBytes(file: string): Buffer {
  let opened: number | null = null
  try {
    opened = openSync(file, 'r')
    const stat = fstatSync(opened)
    if (!stat.isFile()) throw new ConfigError(`SCOPES_FILE is no file: ${file}.`)
    if (stat.size > CATALOGUE_LIMITS.file) throw new ConfigError(`SCOPES_FILE is larger than 8 MiB: ${file}.`)
    return readFileSync(opened)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(`SCOPES_FILE cannot be read (${code}): ${file}.`)
  } finally {
    if (opened !== null) closeSync(opened)
  }
}

/** A byte order mark before it is passed over. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ConfigError('SCOPES_FILE is not UTF-8.')
  }
}
