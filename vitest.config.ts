import { defineConfig } from 'vitest/config'

/** What is told of the registry holds on both: embedded, and on a PostgreSQL server. */
const onBoth = [
  'test/registry/**/*.test.ts',
  'test/daemon/{answer,deliver,guard,judge,publish,read,reconcile,settle,taken-over,leadership,lock,gone,mailbox-adopt,mailbox-made,read-again,supplied-keys}.test.ts',
  'test/web/flow.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: ['test/run/servers/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Files share a worker, and with it one PGlite (test/run/pglite.ts).
    isolate: false,
    reporters: ['default', './test/run/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'house', include: ['test/**/*.test.ts'], provide: { registry: 'embedded' } },
      },
      { extends: true, test: { name: 'postgres', include: onBoth, provide: { registry: 'postgres' } } },
    ],
  },
})
