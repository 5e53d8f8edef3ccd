import { parseArgs } from 'node:util'
import { explainError } from '../explain-error.ts'
import { mappingAsCsv, mappingAsMarkdown, openCatalogue } from '../scopes/index.ts'

const USAGE = `npm run scopes -- export --format csv|md
    which scope opens which endpoint, to standard output: of SCOPES_FILE, or of the built-in catalogue

It needs no other setting. docs/scopes.md says more.
`
const FORMATS: Record<string, typeof mappingAsCsv> = { csv: mappingAsCsv, md: mappingAsMarkdown }

function main(args: string[]): number {
  const options = { format: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: false })
  const format = FORMATS[String(values.format)]
  const [command, ...more] = positionals
  if (command !== 'export' || more.length > 0 || !format || Object.keys(values).length > 1) {
    process.stderr.write(USAGE)
    return 2
  }
  try {
    const catalogue = openCatalogue(process.env.SCOPES_FILE || null).at('localhost:4000')
    process.stdout.write(format(catalogue))
    return 0
  } catch (error) {
    process.stderr.write(`${explainError(error)}\n`)
    return 1
  }
}

process.exitCode = main(process.argv.slice(2))
