import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { Client, cacheExchange, fetchExchange } from '@urql/core'
import { describe, expect, type TestGateway, test } from '../support/index.ts'

const CREATE = `mutation ($input: CreateAppInput!) {
  createApp(input: $input) { app { id name } errors { code path message } }
}`
const FIND = 'query ($search: String) { apps(filter: { search: $search }) { nodes { id name } } }'

type Asked = { data: unknown; codes: unknown[] }
/** A frontend's client in its usual set-up, caches and all. */
type Frontend = {
  query(document: string, variables?: object): Promise<Asked>
  /** Asks, and wants to know no more. @throws Error where an answer is handed over all the same */
  drop(document: string, variables: object): Promise<void>
  mutate(document: string, variables: object): Promise<Asked>
}

/** @param token null: nobody is signed in */
function withUrql({ url }: TestGateway, token: string | null): Frontend {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  const exchanges = [cacheExchange, fetchExchange]
  const client = new Client({ url: `${url}/graphql`, preferGetMethod: false, fetchOptions: { headers }, exchanges })
  const asked = ({ data, error }: Awaited<ReturnType<typeof client.query>>): Asked => ({
    data,
    codes: error?.networkError ? ['network'] : (error?.graphQLErrors.map(({ extensions }) => extensions.code) ?? []),
  })
  return {
    query: async (document, variables = {}) => asked(await client.query(document, variables).toPromise()),
    drop: async (document, variables) => {
      const answered = Promise.withResolvers<void>()
      client
        .query(document, variables)
        .subscribe(() => answered.reject(new Error('An answer came.')))
        .unsubscribe()
      await Promise.race([answered.promise, client.query('{ viewer { role } }', {}).toPromise()])
    },
    mutate: async (document, variables) => asked(await client.mutation(document, variables).toPromise()),
  }
}

function withApollo({ url }: TestGateway, token: string | null): Frontend {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri: `${url}/graphql`, headers }),
  })
  const asked = ({ data, error }: { data?: unknown; error?: unknown }): Asked => ({
    data,
    codes: CombinedGraphQLErrors.is(error)
      ? error.errors.map(({ extensions }) => extensions?.code)
      : error
        ? ['network']
        : [],
  })
  return {
    query: async (document, variables = {}) =>
      asked(await client.query({ query: gql(document), variables, errorPolicy: 'all' })),
    drop: async (document, variables) => {
      const abort = new AbortController()
      const context = { fetchOptions: { signal: abort.signal } }
      const answer = client.query({ query: gql(document), variables, context })
      abort.abort()
      await expect(answer).rejects.toThrow('abort')
    },
    mutate: async (document, variables) =>
      asked(await client.mutate({ mutation: gql(document), variables, errorPolicy: 'all' })),
  }
}

describe.each([
  ['urql', withUrql],
  ['Apollo Client', withApollo],
])('with %s', (name, frontendOf) => {
  test('variables go out, answers come in, and mistakes are told where they are, with what is right beside', async ({
    gateway,
    token,
  }) => {
    const { query, mutate } = frontendOf(gateway, token)
    const made = await mutate(CREATE, { input: { name, scopes: [] } })
    expect(made).toMatchObject({ codes: [], data: { createApp: { app: { name }, errors: [] } } })
    expect(await query(FIND, { search: name })).toMatchObject({ codes: [], data: { apps: { nodes: [{ name }] } } })

    const refused = await mutate(CREATE, { input: { name: '', scopes: ['/nothing'] } })
    expect(refused).toMatchObject({
      codes: [],
      data: { createApp: { app: null, errors: [{ code: 'TOO_SHORT' }, { code: 'UNKNOWN_SCOPE' }] } },
    })
    expect(await mutate(CREATE, { input: { name: 1, scopes: [] } })).toMatchObject({ codes: ['BAD_USER_INPUT'] })
  })

  test('who is nobody is told so, and what nobody may see leaves the rest', async ({ gateway }) => {
    const { query, mutate } = frontendOf(gateway, null)
    expect(await query(`{ viewer { role } apps { totalCount } }`)).toMatchObject({
      codes: ['UNAUTHENTICATED'],
      data: { viewer: null, apps: null },
    })
    expect(await mutate(CREATE, { input: { name, scopes: [] } })).toMatchObject({ codes: ['UNAUTHENTICATED'] })
    expect(await frontendOf(gateway, 'chs_gone').query(FIND)).toMatchObject({ codes: ['UNAUTHENTICATED'] })
  })

  test('what is aborted is over, and the next is answered', async ({ gateway, token }) => {
    const { query, drop } = frontendOf(gateway, token)
    await drop(FIND, { search: 'abort' })
    expect(await query(FIND, { search: 'nothing is called so' })).toMatchObject({
      codes: [],
      data: { apps: { nodes: [] } },
    })
  })
})
