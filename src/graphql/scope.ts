import { describeUnknownScope, type Endpoint, type Product, type Scope, searchScopes } from '../scopes/index.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'

/** Also one that the catalogue no longer has: then without a product. */
export type ShownScope = Omit<Scope, 'product'> & { product: string | null }

export const EndpointRef = builder.objectRef<Endpoint>('Endpoint').implement({
  fields: (t) => ({ method: t.exposeString('method'), host: t.exposeString('host'), path: t.exposeString('path') }),
})

export const ScopeRef = builder.objectRef<ShownScope>('Scope')
const ProductRef = builder.objectRef<Product>('Product')

builder.node(ScopeRef, {
  id: { resolve: (scope) => scope.name },
  loadWithoutCache: (name, { instance }) => instance.catalogue.scope(name),
  fields: (t) => ({
    name: t.exposeString('name', { description: '`/twilio/messaging/messages/create`' }),
    title: t.exposeString('title'),
    product: t.field({
      type: ProductRef,
      nullable: true,
      description: 'Null for one that the catalogue no longer has.',
      resolve: (scope, _args, { instance }) =>
        scope.product === null ? null : instance.catalogue.product(scope.product),
    }),
    resource: t.exposeString('resource'),
    action: t.exposeString('action'),
    wildcard: t.boolean({
      description: 'Stands for every scope below it (`…/*`); its endpoints are then not listed.',
      resolve: (scope) => scope.action === '*',
    }),
    endpoints: t.expose('endpoints', { type: [EndpointRef] }),
  }),
})

builder.node(ProductRef, {
  id: { resolve: (product) => product.name },
  loadWithoutCache: (name, { instance }) => instance.catalogue.product(name),
  fields: (t) => ({
    name: t.exposeString('name'),
    title: t.exposeString('title'),
    scopes: t.field({
      type: [ScopeRef],
      resolve: (product, _args, { instance }) => [...instance.catalogue.ofProduct(product.name)],
    }),
  }),
})

builder.queryFields((t) => ({
  products: t.field({
    type: [ProductRef],
    nullable: true,
    resolve: (_root, _args, { instance }) => [...instance.catalogue.products],
  }),
  scopes: t.field({
    type: [ScopeRef],
    nullable: true,
    description:
      'The catalogue, or what of it holds `search` in a name, a title or an endpoint; `product` by its name.',
    args: { search: t.arg.string(), product: t.arg.string() },
    resolve: (_root, { search, product }, { instance }) => [
      ...searchScopes(instance.catalogue, search ?? null, product ?? null),
    ],
  }),
}))

/** The scopes of an app, in its order. */
export function shownScopes(names: readonly string[], { instance }: Context): ShownScope[] {
  return names.map((name) => instance.catalogue.scope(name) ?? describeUnknownScope(name))
}
