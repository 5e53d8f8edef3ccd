import { defineConfig } from 'vitest/config'

const NO_DATABASE = '**/*.unit.test.ts'
const shared = {
  setupFiles: ['test/support/setup.ts'],
  exclude: ['**/node_modules/**', NO_DATABASE],
  include: ['test/**/*.test.ts'],
}

export default defineConfig({
  test: {
    // No module of ours keeps state, so files may share a worker: what they import is loaded once for all of them.
    isolate: false,
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/summary-reporter.ts'],
    // graphql has a CommonJS and an ES module copy, and Vitest loads the one that the importer asks for. All that import
    // it go through Vitest too, so that there is one: a schema of the other copy is refused.
    server: { deps: { inline: [/[\\/](@pothos|@graphql-tools|@graphql-yoga|@envelop|graphql[\w-]*)[\\/]/] } },
    projects: [
      { extends: true, test: { name: 'unit', include: [NO_DATABASE], exclude: ['**/node_modules/**'] } },
      {
        extends: true,
        test: { ...shared, name: 'pglite', globalSetup: 'test/support/pglite-setup.ts', provide: { engine: 'pglite' } },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'postgres',
          globalSetup: 'test/support/postgres-setup.ts',
          provide: { engine: 'postgres' },
        },
      },
    ],
  },
})
