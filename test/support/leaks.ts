/** What nobody may ever find written down, by its form: whatever a test made, wherever it was written. */
const FORMS: Record<string, RegExp> = {
  'a client secret': /chtl_[0-9A-Za-z]{20,22}_[0-9A-Za-z]{49}/,
  'a session token': /chs_[\w-]{43}(?![\w-])/,
  'an invitation token': /chi_[\w-]{43}(?![\w-])/,
  'a signed token or assertion': /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{64,}/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----|"d":"[\w-]{20,}"/,
  'credentials of Basic': /basic [A-Za-z0-9+/]{60,}={0,2}/i,
}

/**
 * Holds a text that was written against everything secret: outputs and logs at the end of each gateway, every table at the
 * end of each database, in every test of the run.
 * @param where for the error, which does not show what was found
 * @param known secrets without a form of their own: passwords, wrapping keys
 * @throws Error that says what kind of secret stands there
 */
export function requireNoSecrets(where: string, text: string, known: readonly (string | undefined)[] = []): void {
  for (const [kind, form] of Object.entries(FORMS)) {
    if (form.test(text)) throw new Error(`There is ${kind} in ${where}.`)
  }
  for (const secret of known)
    if (secret && text.includes(secret)) throw new Error(`There is a password or a key in ${where}.`)
}

/** A query for the rows of every table, as text; run it as who sees them all. */
export const EVERY_TABLE = `select table_name as name, query_to_xml(format('select * from public.%I', table_name), true, false, '')::text as rows
  from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`
