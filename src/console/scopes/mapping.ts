import { graphql, type ResultOf } from '../api/graphql.ts'

/** The whole mapping, some 290 kB: it changes with the gateway's start alone, so that it is asked for once. */
export const MappingQuery = graphql(`
  query Mapping {
    products { id name title scopes { id name title resource endpoints { method host path } } }
  }
`)

export type Product = NonNullable<ResultOf<typeof MappingQuery>['products']>[number]
export type MappedScope = Product['scopes'][number]

/**
 * What of the products holds every word that is searched, in a scope's name or title, an endpoint, or the product's title;
 * products that hold none of it are left out.
 */
export function searchMapping(products: readonly Product[], search: string): Product[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...products]
  return products
    .map((product) => ({
      ...product,
      scopes: product.scopes.filter((scope) => {
        const text = textOf(product, scope)
        return words.every((word) => text.includes(word))
      }),
    }))
    .filter(({ scopes }) => scopes.length > 0)
}

function textOf(product: Product, { name, title, endpoints }: MappedScope): string {
  const calls = endpoints.map(({ method, host, path }) => `${method} ${host}${path}`)
  return [product.title, name, title, ...calls].join('\n').toLowerCase()
}

/** Scopes of one resource together, in the order in which they come. */
export function byResource(scopes: readonly MappedScope[]): { resource: string; scopes: MappedScope[] }[] {
  const groups = new Map<string, MappedScope[]>()
  for (const scope of scopes) {
    const group = groups.get(scope.resource) ?? []
    group.push(scope)
    groups.set(scope.resource, group)
  }
  return [...groups].map(([resource, scopes]) => ({ resource, scopes }))
}
