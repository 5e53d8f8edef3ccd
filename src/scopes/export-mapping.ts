import { type Catalogue, OWN_PRODUCT } from './catalogue.ts'

const COLUMNS = ['product', 'scope', 'title', 'method', 'host', 'path']

type Mapping = Pick<Catalogue, 'products' | 'ofProduct'>

/** Which scope opens which endpoint, as RFC 4180: a row for each endpoint. Without Chatelaine's own product. */
export function mappingAsCsv(catalogue: Mapping): string {
  const rows = productsOf(catalogue).flatMap(({ name: product }) => rowsOf(catalogue, product))
  return [COLUMNS, ...rows].map((cells) => `${cells.map(csvCell).join()}\r\n`).join('')
}

/** The same as Markdown: a page for each product, under its title. */
export function mappingAsMarkdown(catalogue: Mapping): string {
  const pages = productsOf(catalogue).map(({ name, title }) => {
    const rows = rowsOf(catalogue, name).map(([, scope, words = '', method, host, path]) =>
      ['', `\`${scope}\``, markdownCell(words), `\`${method} ${host}${path}\``, ''].join(' | ').trim(),
    )
    return [`# ${markdownCell(title)}`, '', '| scope | what | endpoint |', '|---|---|---|', ...rows, ''].join('\n')
  })
  return pages.join('\n')
}

function productsOf({ products }: Mapping) {
  return products.filter(({ name }) => name !== OWN_PRODUCT)
}

function rowsOf(catalogue: Mapping, product: string): string[][] {
  return catalogue
    .ofProduct(product)
    .flatMap(({ name, title, endpoints }) =>
      endpoints.map(({ method, host, path }) => [product, name, title, method, host, path]),
    )
}

/** No cell begins as a formula does: names and paths begin with a slash, products and hosts with a letter, digit or bracket. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function markdownCell(text: string): string {
  return text.replaceAll(/[\\|`*_<>[\]]/g, '\\$&')
}
