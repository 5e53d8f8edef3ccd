/** Spellings of `/v1/orders/1` and its neighbours that some server reads as it and another as something else. */
export const PATH_TRICKS: [what: string, uri: string][] = [
  ['a dot segment', '/v1/./orders/1'],
  ['two dots', '/v1/public/../orders/1'],
  ['two dots at the end', '/v1/orders/1/..'],
  ['encoded dots', '/v1/public/%2e%2e/orders/1'],
  ['half encoded dots', '/v1/public/.%2E/orders/1'],
  ['twice encoded dots', '/v1/public/%252e%252e/orders/1'],
  ['dots and a semicolon', '/v1/public/..;/orders/1'],
  ['dots and parameters', '/v1/public/..;a=b/orders/1'],
  ['a semicolon', '/v1/orders/1;.css'],
  ['an encoded semicolon', '/v1/orders/1%3B.css'],
  ['an encoded slash', '/v1/orders%2F1'],
  ['an encoded slash in lower case', '/v1/orders%2f1'],
  ['a twice encoded slash', '/v1/orders%252F1'],
  ['a slash in a parameter', '/v1/orders/1%2F..%2F2'],
  ['a backslash', '/v1\\orders\\1'],
  ['an encoded backslash', '/v1/orders%5C1'],
  ['two slashes', '/v1//orders/1'],
  ['two slashes at the beginning', '//v1/orders/1'],
  ['a host at the beginning', '//elsewhere.example/v1/orders/1'],
  ['an encoded fragment', '/v1/orders/1%23/public'],
  ['an encoded question mark', '/v1/orders/1%3Fx=/public'],
  ['an encoded NUL', '/v1/orders/1%00'],
  ['an encoded NUL before a suffix', '/v1/orders/1%00.css'],
  ['an encoded line feed', '/v1/orders/1%0A'],
  ['an encoded CR and LF', '/v1/orders/1%0D%0AX-Scopes:%20all'],
  ['an overlong slash', '/v1/orders%C0%AF1'],
  ['an overlong dot', '/v1/%C0%AE%C0%AE/orders/1'],
  ['an overlong slash of three bytes', '/v1/orders%E0%80%AF1'],
  ['half a character', '/v1/orders/%C3'],
  ['a surrogate', '/v1/orders/%ED%A0%80'],
  ['an encoded letter', '/v1/%6Frders/1'],
  ['an encoding in lower case', '/v1/orders/1/files/caf%c3%a9'],
  ['an encoding of Microsoft’s', '/v1/orders/%u002e'],
  ['half an encoding', '/v1/orders/1%2'],
  ['a percent sign alone', '/v1/orders/%'],
]

/** Paths that are clear, and are other ones than the catalogue's. */
export const OTHER_PATHS: [what: string, uri: string][] = [
  ['another case', '/v1/Orders/1'],
  ['the whole in upper case', '/V1/ORDERS/1'],
  ['a slash at the end', '/v1/orders/1/'],
  ['a suffix', '/v1/orders/1/x'],
  ['a longer word', '/v1/orderss'],
  ['nothing of it', '/public'],
]

/** What a query says is nobody's path. */
export const QUERIES: [what: string, uri: string][] = [
  ['a path in the query', '/v1/orders?x=/public'],
  ['two dots in the query', '/v1/orders?x=/../public'],
  ['a second question mark', '/v1/orders?x=1?y=2'],
]
