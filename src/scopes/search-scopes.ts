import type { Catalogue, Scope } from './catalogue.ts'

/**
 * The scopes in whose name, title or endpoints a text occurs, in the catalogue's order. Upper and lower case are one.
 * @param search null or blank: all
 * @param product exactly this product's; null: all
 */
export function searchScopes(catalogue: Catalogue, search: string | null, product: string | null): readonly Scope[] {
  const text = search?.trim().toLowerCase() ?? ''
  const scopes = product === null ? catalogue.scopes : catalogue.ofProduct(product)
  if (text === '') return scopes
  return scopes.filter(
    ({ name, title, endpoints }) =>
      name.toLowerCase().includes(text) ||
      title.toLowerCase().includes(text) ||
      endpoints.some(({ method, host, path }) => `${method} ${host}${path}`.toLowerCase().includes(text)),
  )
}
