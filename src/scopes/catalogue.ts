/** One thing that a scope opens, at an API that checks our tokens. `path` has RFC 6570 level 1 parameters: `/v1/Apps/{id}`. */
export type Endpoint = { method: string; host: string; path: string }
export type Product = { name: string; title: string }
/** A scope is `/namespace/product/resource/action`; a sub-resource stands after a dot; our own have no namespace. */
export type Scope = {
  name: string
  title: string
  product: string
  resource: string
  action: string
  endpoints: Endpoint[]
}

/** What a catalogue is made from. */
export type CatalogueData = { products: Product[]; scopes: Omit<Scope, 'title'>[] }

/** Every scope that an app may hold, looked up by name. Made once at the start and never changed. */
export type Catalogue = {
  products: readonly Product[]
  scopes: readonly Scope[]
  product(name: string): Product | null
  /** Also a wildcard's, which covers at least one and lies within one product; without endpoints. */
  scope(name: string): Scope | null
  ofProduct(name: string): readonly Scope[]
}

/** The product whose scopes open Chatelaine itself. */
export const OWN_PRODUCT = 'chatelaine'

/** @param ownHost where this instance answers, for the endpoints of our own scopes */
export function createCatalogue(data: CatalogueData, ownHost: string): Catalogue {
  const products = [...data.products, { name: OWN_PRODUCT, title: 'Chatelaine' }]
  const scopes = [...data.scopes, ...ownScopes(ownHost)].map((scope) => ({ ...scope, title: titleOf(scope) }))
  const productByName = new Map(products.map((product) => [product.name, product]))
  const scopeByName = new Map(scopes.map((scope) => [scope.name, scope]))
  const wildcardByName = new Map(scopes.flatMap(wildcardsOver).map((wildcard) => [wildcard.name, wildcard]))
  const byProduct = Map.groupBy(scopes, (scope) => scope.product)
  return {
    products,
    scopes,
    product: (name) => productByName.get(name) ?? null,
    scope: (name) => scopeByName.get(name) ?? wildcardByName.get(name) ?? null,
    ofProduct: (name) => byProduct.get(name) ?? [],
  }
}

/**
 * Over its product and over its resource. None over a namespace, which is more than one product: also where it has a
 * single one, to which others may come.
 */
function wildcardsOver({ name, product, resource }: Scope): Scope[] {
  const ofProduct = name.split('/').slice(0, -2).join('/')
  const over = (below: string, what: string, title: string): Scope => ({
    name: `${below}/*`,
    title,
    product,
    resource: what,
    action: '*',
    endpoints: [],
  })
  return [
    over(ofProduct, '*', 'Everything'),
    over(`${ofProduct}/${resource}`, resource, `Everything of ${wordsOf(resource)}`),
  ]
}

/** What a name says of a scope that the catalogue no longer has, so that it can still be shown. */
export function describeUnknownScope(name: string): Omit<Scope, 'product'> & { product: null } {
  const parts = name.split('/').filter((part) => part !== '')
  const action = parts.at(-1) ?? name
  const resource = parts.at(-2) ?? name
  return { name, title: titleOf({ resource, action }), product: null, resource, action, endpoints: [] }
}

const OWN_ACTIONS: [resource: string, actions: string[]][] = [
  ['apps', ['list', 'read', 'create', 'update', 'delete', 'rotate-secret']],
  ['apps.self', ['rotate-secret']],
  ['audit', ['read']],
  ['members', ['list', 'create', 'update', 'delete']],
  ['tokens', ['introspect']],
]

function ownScopes(host: string): Omit<Scope, 'title'>[] {
  return OWN_ACTIONS.flatMap(([resource, actions]) =>
    actions.map((action) => ({
      name: `/${OWN_PRODUCT}/${resource}/${action}`,
      product: OWN_PRODUCT,
      resource,
      action,
      endpoints: [{ method: 'POST', host, path: resource === 'tokens' ? '/oauth/introspect' : '/graphql' }],
    })),
  )
}

/** `services.phone-numbers`, `list` → `List services phone numbers`. */
function titleOf({ resource, action }: { resource: string; action: string }): string {
  const words = wordsOf(`${action} ${resource}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function wordsOf(name: string): string {
  return name.replaceAll(/[.-]/g, ' ')
}
