/** A whole answer of `POST /graphql`, so that a test can compare all of it. */
export type GraphQLAnswer<Data> = { status: number; headers: Headers; body: GraphQLBody<Data> }
export type GraphQLBody<Data> = { data?: Data | null; errors?: GraphQLFailure[] }
export type GraphQLFailure = {
  message: string
  path?: (string | number)[]
  extensions?: Record<string, unknown>
}

/** Sends one GraphQL request as a program would, with a bearer token where one is given. */
export async function postGraphQL<Data>(
  url: string,
  query: string,
  variables?: Record<string, unknown>,
  token?: string,
): Promise<GraphQLAnswer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as GraphQLBody<Data> }
}
