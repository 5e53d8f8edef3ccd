import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node'
import type {} from './provided.ts'

type Count = { passed: number; failed: number; skipped: number }

/** After Vitest's own summary: which engines the tests ran on, and as the last line how many passed and failed. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: TestRunEndReason): void {
    const byProject = Map.groupBy(modules, (module) => module.project.name)
    const total = sum(modules)
    total.failed += unhandled.length
    // A run that came to no test, because its set-up broke, is no success.
    if (modules.length === 0 || (reason !== 'passed' && total.failed === 0)) total.failed = 1
    const engines = [describePglite(byProject.get('pglite')), describePostgres(byProject.get('postgres'))]
    const lines = [`engines: ${engines.filter(Boolean).join(', ') || 'none'}`, describe(total)]
    // Later than what the other reporters write at the end of the run.
    setImmediate(() => process.stdout.write(`\n${lines.join('\n')}\n`))
  }
}

function describePglite(modules: TestModule[] | undefined): string | null {
  const [first] = modules ?? []
  if (!modules || !first) return null
  return `PGlite ${first.project.getProvidedContext().pglite?.version ?? ''} ${tests(sum(modules))}`
}

function describePostgres(modules: TestModule[] | undefined): string | null {
  const [first] = modules ?? []
  if (!modules || !first) return null
  const server = first.project.getProvidedContext().postgres
  return 'missing' in server
    ? `PostgreSQL SKIPPED: ${server.missing}`
    : `PostgreSQL ${server.version} ${tests(sum(modules))}`
}

function tests({ passed, failed }: Count): string {
  return `${passed + failed} tests`
}

function describe({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function sum(modules: readonly TestModule[]): Count {
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state !== 'pending') count[state] += 1
    }
    count.failed += brokenOutside(module)
  }
  return count
}

/** A file that does not load and a suite whose hook fails are failures, with or without a test to show them. */
function brokenOutside(module: TestModule): number {
  const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0)
  return suites.length + (module.errors().length > 0 ? 1 : 0)
}
