import { isCanonicalPath } from './canonical-path.ts'
import type { Catalogue, Endpoint } from './catalogue.ts'
import { fitsSegment, literalsOf } from './path-segment.ts'

/** Longer ones match nothing. */
const MAX_PATH = 8192

/** An endpoint, and the scopes of which any one opens it. */
export type EndpointMatch = { endpoint: Endpoint; scopes: readonly string[] }

/** Finds what a request would reach: made once for a catalogue. */
export type EndpointMatcher = {
  /**
   * The endpoint of the catalogue that a request is for: of several whose path fits, the most specific one, literal text
   * before a parameter, segment by segment. A HEAD is for what a GET is (RFC 9110 §9.3.2). A parameter takes one segment,
   * or the part of one that its template leaves, and at least one character.
   *
   * @param method case-sensitive (RFC 9110 §9.1)
   * @param host in lower case, with its port where that is not the scheme's own
   * @param path without its query; what is not canonical matches nothing
   * @returns null where none fits
   */
  find(method: string, host: string, path: string): EndpointMatch | null
}

type Route = { endpoint: Endpoint; scopes: string[] }
/** A place in the paths of one method and host. From the root there is one way to it: a search sees each once at most. */
type Node = {
  literal: Map<string, Node>
  /** The most specific first. */
  withParameters: { literals: string[]; node: Node }[]
  route: Route | null
}

export function createEndpointMatcher({ scopes }: Pick<Catalogue, 'scopes'>): EndpointMatcher {
  const roots = new Map<string, Node>()
  for (const { name, endpoints } of scopes)
    for (const endpoint of endpoints) {
      const door = `${endpoint.method} ${endpoint.host.toLowerCase()}`
      const root = roots.get(door) ?? newNode()
      roots.set(door, root)
      const node = segmentsOf(endpoint.path).reduce(childOf, root)
      node.route ??= { endpoint, scopes: [] }
      node.route.scopes.push(name)
    }
  return {
    find(method, host, path) {
      if (path.length > MAX_PATH || !isCanonicalPath(path)) return null
      const root = roots.get(`${method} ${host}`) ?? (method === 'HEAD' ? roots.get(`GET ${host}`) : null)
      return root ? search(root, segmentsOf(path), 0) : null
    },
  }
}

function segmentsOf(path: string): string[] {
  return path.slice(1).split('/')
}

function newNode(): Node {
  return { literal: new Map(), withParameters: [], route: null }
}

/** The child for a segment of a template, made where there is none. Parameters' names make no difference. */
function childOf({ literal, withParameters }: Node, segment: string): Node {
  const literals = literalsOf(segment)
  if (literals.length === 1) {
    const node = literal.get(segment) ?? newNode()
    literal.set(segment, node)
    return node
  }
  const known = withParameters.find((child) => child.literals.join('{}') === literals.join('{}'))
  if (known) return known.node
  const node = newNode()
  withParameters.push({ literals, node })
  withParameters.sort((one, other) => other.literals.join('').length - one.literals.join('').length)
  return node
}

function search(node: Node, segments: readonly string[], from: number): Route | null {
  const segment = segments[from]
  if (segment === undefined) return node.route
  const literal = node.literal.get(segment)
  const found = literal ? search(literal, segments, from + 1) : null
  if (found) return found
  for (const child of node.withParameters) {
    const below = fitsSegment(child.literals, segment) ? search(child.node, segments, from + 1) : null
    if (below) return below
  }
  return null
}
