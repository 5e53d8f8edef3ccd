import data from './catalogue.json' with { type: 'json' }
import { type Catalogue, createCatalogue } from './catalogue.ts'

/** The catalogue that comes with Chatelaine: 14 products, 788 scopes, 802 endpoints, and our own scopes. */
export function builtInCatalogue(ownHost: string): Catalogue {
  return createCatalogue(data, ownHost)
}
