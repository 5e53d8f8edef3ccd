import { expect, test } from 'vitest'
import { createSlowHash } from '../src/slow-hash.ts'

test("a hash is Argon2id with OWASP's least parameters, salted, and verifies its own text alone", async () => {
  const slowHash = createSlowHash()
  const [hash, another] = await Promise.all([slowHash.hash('correct horse'), slowHash.hash('correct horse')])
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,(t=2,p=1|p=1,t=2)\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(another).not.toBe(hash)
  expect(await slowHash.verify(hash, 'correct horse')).toBe(true)
  expect(await slowHash.verify(hash, 'Correct horse')).toBe(false)
})

test('the one that comes when 64 wait already is UNAVAILABLE at once, and the 64 are not disturbed', async () => {
  const slowHash = createSlowHash()
  const ended: string[] = []
  const accepted = Array.from({ length: 66 }, async () => {
    await slowHash.hash('x')
    ended.push('hashed')
  })
  const refused = slowHash.verify('$argon2id$', 'x').finally(() => ended.push('refused'))
  await expect(refused).rejects.toMatchObject({
    name: 'Fault',
    code: 'UNAVAILABLE',
    message: 'Too many passwords or secrets are being checked. Try again in a few seconds.',
    extensions: { retryAfter: 5 },
  })
  expect(ended).toEqual(['refused'])
  await Promise.all(accepted)
  expect(ended).toHaveLength(67)
  expect(await slowHash.hash('x')).toContain('$argon2id$') // there is room again
})
