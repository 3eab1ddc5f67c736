import { defineConfig } from 'vitest/config'

const conditions = ['@strowger/source', 'module', 'node', 'development|production']

/** Whole processes and real peers on real sockets: one file after the other. Run by `npm test` after the unit tests. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/e2e/**/*.e2e.test.ts', 'e2e/**/*.e2e.test.ts', 'examples/test/*.e2e.test.ts'],
    environment: 'node',
    fileParallelism: false,
    // At full length (`npm run faults`) an attack takes its minutes.
    testTimeout: process.env.STROWGER_FAULTS === 'full' ? 1_800_000 : 300_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    teardownTimeout: 20_000,
  },
})
