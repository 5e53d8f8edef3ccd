export { builtInCatalogue } from './built-in.ts'
export { isCanonicalPath } from './canonical-path.ts'
export {
  type Catalogue,
  createCatalogue,
  describeUnknownScope,
  type Endpoint,
  OWN_PRODUCT,
  type Product,
  type Scope,
} from './catalogue.ts'
export { checkScopes, MAX_SCOPES } from './check-scopes.ts'
export { mappingAsCsv, mappingAsMarkdown } from './export-mapping.ts'
export { createGuardedPaths, type GuardedPaths } from './guarded-paths.ts'
export { createEndpointMatcher, type EndpointMatch, type EndpointMatcher } from './match-endpoint.ts'
export { openCatalogue } from './open-catalogue.ts'
export { isMethod, type RequestTarget, readTarget } from './request-target.ts'
export { searchScopes } from './search-scopes.ts'
export { covers, inBoth, isHeld, isWildcard } from './wildcard.ts'
