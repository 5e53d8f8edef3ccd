import { METHODS } from 'node:http'
import { z } from 'zod'
import { isCanonicalPath } from './canonical-path.ts'
import { type CatalogueData, type Endpoint, OWN_PRODUCT } from './catalogue.ts'
import { type JsonPath, type LocatedJson, type Mistake, shown } from './located-json.ts'

/** Of a catalogue of one's own. */
export const CATALOGUE_LIMITS = {
  /** Bytes. */
  file: 8 * 1024 * 1024,
  products: 1000,
  scopes: 10_000,
  endpoints: 20_000,
  endpointsOfScope: 100,
  /** Characters. An app may hold 100 scopes, and its tokens carry all their names. */
  name: 128,
  title: 100,
  host: 253,
  path: 1024,
} as const

const PART = '[a-z0-9]+(?:-[a-z0-9]+)*'
const RESOURCE = `${PART}(?:\\.${PART})*`
const NAME = new RegExp(`^/(${PART})/(${PART})/(${RESOURCE})/(${PART})$`)
const OF_PARTS = 'lower-case letters and digits, with single hyphens between'
/** A DNS name, an address, or an IPv6 address in brackets; a port. */
const HOST =
  /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*|\[[0-9a-f:.]+\])(?::\d+)?$/
const PARAMETER = /\{[A-Za-z0-9_][A-Za-z0-9_.-]*\}/g
const TEXT = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u

const kindOf =
  (kind: string) =>
  ({ input }: { input?: unknown }) =>
    input === undefined ? 'is missing' : `is not ${kind}`
const text = z.string({ error: kindOf('a string') })
const listOf = <Element extends z.ZodType>(element: Element, most: number) =>
  z.array(element, { error: kindOf('a list') }).max(most, `has more than ${most.toLocaleString('en')} elements`)
const object = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape, { error: kindOf('an object') })
const atMost = (length: number) => text.max(length, `is longer than ${length} characters`)

const productShape = object({
  name: atMost(CATALOGUE_LIMITS.name).regex(new RegExp(`^${PART}$`), `is not made of ${OF_PARTS}`),
  title: atMost(CATALOGUE_LIMITS.title)
    .regex(TEXT, 'holds control characters')
    .refine((title) => title !== '' && title === title.trim(), 'is empty, or has spaces around it'),
})
const endpointShape = object({
  method: text.refine((method) => METHODS.includes(method), 'is no HTTP method (in upper case: GET)'),
  host: atMost(CATALOGUE_LIMITS.host).refine(
    isHost,
    'is no host as URLs have it: in lower case, with a port only where it is neither 80 nor 443, without scheme and path',
  ),
  path: atMost(CATALOGUE_LIMITS.path).superRefine((path, context) => {
    const wrong = wrongWithPath(path)
    if (wrong) context.addIssue({ code: 'custom', message: wrong })
  }),
})
const scopeShape = object({
  name: atMost(CATALOGUE_LIMITS.name).regex(
    NAME,
    `does not fit /namespace/product/resource/action (each of ${OF_PARTS}; a sub-resource after a dot)`,
  ),
  product: text,
  resource: text,
  action: text,
  endpoints: listOf(endpointShape, CATALOGUE_LIMITS.endpointsOfScope).min(1, 'is empty: the scope would open nothing'),
})
const catalogueShape = object({
  products: listOf(z.unknown(), CATALOGUE_LIMITS.products),
  scopes: listOf(z.unknown(), CATALOGUE_LIMITS.scopes),
})

/** Whether a JSON value is a catalogue, with every mistake in it. The data is whole where there are no mistakes. */
export function checkCatalogue(located: LocatedJson): { data: CatalogueData; mistakes: Mistake[] } {
  const mistakes: Mistake[] = []
  const tell = (path: JsonPath, message: string) => mistakes.push({ line: located.lineOf(path), message })
  const lists = readShape(catalogueShape, located.value, [], tell)
  const products = (lists?.products ?? []).map((product, at) =>
    readShape(productShape, product, ['products', at], tell),
  )
  const scopes = (lists?.scopes ?? []).map((scope, at) => readShape(scopeShape, scope, ['scopes', at], tell))
  if (!lists) return { data: { products: [], scopes: [] }, mistakes }

  const once = repetitions(located, tell)
  // Also of a product that is wrong in something else: its scopes are not to blame.
  const known = new Set(lists.products.map((product) => Object(product).name as unknown))
  for (const [at, product] of products.entries()) {
    if (!product) continue
    const path = ['products', at, 'name']
    once('product', product.name, path)
    if (product.name === OWN_PRODUCT) tell(path, `the product ${shown(OWN_PRODUCT)} is Chatelaine's own`)
  }
  for (const [at, scope] of scopes.entries()) {
    if (!scope) continue
    const path = ['scopes', at]
    once('scope', scope.name, [...path, 'name'])
    checkParts(scope, path, tell)
    if (scope.product !== OWN_PRODUCT && !known.has(scope.product))
      tell([...path, 'product'], `the product ${shown(scope.product)} is not among the products`)
    const onceInScope = repetitions(located, tell)
    for (const [index, endpoint] of scope.endpoints.entries())
      onceInScope('endpoint', keyOf(endpoint), [...path, 'endpoints', index])
  }
  const endpoints = scopes.reduce((sum, scope) => sum + (scope?.endpoints.length ?? 0), 0)
  if (endpoints > CATALOGUE_LIMITS.endpoints)
    tell(['scopes'], `there are more than ${CATALOGUE_LIMITS.endpoints.toLocaleString('en')} endpoints: ${endpoints}`)
  const whole = <Element>(list: (Element | null)[]) => list.filter((element) => element !== null)
  return { data: { products: whole(products), scopes: whole(scopes) }, mistakes }
}

type Tell = (path: JsonPath, message: string) => void

/** @returns null where something is wrong with it, which is told */
function readShape<Shape extends z.ZodType>(
  shape: Shape,
  value: unknown,
  path: JsonPath,
  tell: Tell,
): z.output<Shape> | null {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    const place = [...path, ...(issue.path as (string | number)[])]
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) tell([...place, key], `${whatIs(place)} has no member ${shown(key)}`)
    else tell(place, `${whatIs(place)}${shownAt(value, issue.path)} ${issue.message}`)
  }
  return null
}

/** `/acme/store/bolts/list` is of the product `store`, the resource `bolts`, the action `list`, and not in our own namespace. */
function checkParts(scope: CatalogueData['scopes'][number], path: JsonPath, tell: Tell): void {
  const [, namespace, ...parts] = NAME.exec(scope.name) ?? []
  for (const [index, member] of (['product', 'resource', 'action'] as const).entries()) {
    const part = parts[index] ?? ''
    if (scope[member] !== part)
      tell([...path, member], `the ${member} ${shown(scope[member])} is not the one that the name has, ${shown(part)}`)
  }
  if (namespace === OWN_PRODUCT || parts[0] === OWN_PRODUCT)
    tell([...path, 'name'], `the scope ${shown(scope.name)} is named as Chatelaine's own are`)
}

/** Tells what stands a second time, and where it stood first. */
function repetitions({ lineOf }: LocatedJson, tell: Tell): (what: string, key: string, path: JsonPath) => void {
  const first = new Map<string, JsonPath>()
  return (what, key, path) => {
    const before = first.get(`${what} ${key}`)
    if (before) tell(path, `the ${what} ${shown(key)} stands twice, first in line ${lineOf(before)}`)
    else first.set(`${what} ${key}`, path)
  }
}

/** What two endpoints share that a request cannot tell apart: the names of parameters say nothing. */
function keyOf({ method, host, path }: Endpoint): string {
  return `${method} ${host}${path.replaceAll(/\{[^{}]*\}/g, '{}')}`
}

function isHost(host: string): boolean {
  const addresses = [`http://${host}`, `https://${host}`]
  return HOST.test(host) && addresses.every((address) => URL.canParse(address) && new URL(address).host === host)
}

/** A path template (RFC 6570 level 1, hyphens in names allowed), around its parameters spelt as requests have to be. */
function wrongWithPath(path: string): string | null {
  const parameters = path.match(PARAMETER) ?? []
  const filled = path.replaceAll(PARAMETER, 'x')
  if (/[{}]/.test(filled)) return 'has braces that are no parameter like {id}'
  if (path.includes('}{')) return 'has two parameters with nothing between them'
  if (!isCanonicalPath(filled))
    return 'is not canonical: it begins with /, has no empty segment and no . or .., no query, no ;, and %20 and the like in upper case for what needs it alone'
  return new Set(parameters).size < parameters.length ? 'names a parameter twice' : null
}

const LISTS: Record<string, string> = { products: 'a product', scopes: 'a scope', endpoints: 'an endpoint' }

/** `scopes`, 3, `endpoints`, 0, `host` → `the host`. */
function whatIs(path: JsonPath): string {
  const last = path.at(-1)
  if (last === undefined) return 'the file'
  if (typeof last === 'number') return LISTS[String(path.at(-2))] ?? 'an element'
  return last in LISTS ? `the list of ${last}` : `the ${last}`
}

/** A text that is wrong is shown; of anything else its kind is told. */
function shownAt(value: unknown, path: readonly PropertyKey[]): string {
  const found = path.reduce<unknown>((at, key) => Object(at)[key], value)
  return typeof found === 'string' ? ` ${shown(found)}` : ''
}
