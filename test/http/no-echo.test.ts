import { expect, subscribe, test } from '../support/index.ts'

const SECRET = 'hunter2-correct-horse'
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }'
const INLINE = (password: string) =>
  `mutation { signIn(input: { email: "ada@example.com", password: ${password} }) { sessionToken } }`

/** A mistake in a request that holds a password, and what is said of it. */
const mistakes: [string, string, Record<string, unknown>, string][] = [
  [
    'a field that is missing',
    SIGN_IN,
    { input: { password: SECRET } },
    'Variable "$input" got invalid value; Expected value of type "SignInInput" to include required field "email".',
  ],
  [
    'a field that there is not',
    SIGN_IN,
    { input: { email: 'ada@example.com', password: SECRET, 'remember; found: me at "x"': SECRET } },
    'Variable "$input" got invalid value; Expected value of type "SignInInput" not to include unknown field "remember.',
  ],
  [
    'a password in a list',
    SIGN_IN,
    { input: { email: 'ada@example.com', password: [SECRET, ' at "input.email"'] } },
    'Variable "$input" got invalid value at "input.password"; String cannot represent a non string value.',
  ],
  [
    'a password instead of the input',
    SIGN_IN,
    { input: `${SECRET} at "input"; found: x` },
    'Variable "$input" got invalid value; Expected value of type "SignInInput" to be an object.',
  ],
  ['a password as a number in the document', INLINE('771177'), {}, 'String cannot represent a non string value.'],
  ['a password without quotes', INLINE('hunter2_correct'), {}, 'String cannot represent a non string value.'],
  ['a password within an object', INLINE(`{ secret: "${SECRET}" }`), {}, 'String cannot represent a non string value.'],
  [
    'a document that misses a field',
    `mutation { signIn(input: { password: "${SECRET}" }) { sessionToken } }`,
    {},
    'Expected value of type "SignInInput" to include required field "email".',
  ],
  [
    'a document that breaks off at the password',
    `mutation { signIn(input: { email "${SECRET}" }`,
    {},
    'Syntax Error: Expected ":", found String.',
  ],
]

test.for(mistakes)('%s is told without repeating it', async ([_what, query, variables, said], { gateway }) => {
  const { body } = await gateway.graphql(query, variables)
  expect(body.errors?.map(({ message }) => message)).toContain(said)
  const stream = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
  })
  await using socket = subscribe(gateway.url, null, query, variables)
  const told = [body, await stream.text(), await socket.next().catch((error: unknown) => error)]
  expect(JSON.stringify(told)).not.toMatch(/hunter2|771177/)
})
