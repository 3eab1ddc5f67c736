import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['@strowger/source', 'module', 'node', 'development|production']

/** Unit, table, property and simulated-time tests; what needs real peers is in `e2e/` (vitest.e2e.config.ts). */
export default defineConfig({
  resolve: { conditions, alias: { 'fast-check': fileURLToPath(new URL('scripts/fast-check.mjs', import.meta.url)) } },
  ssr: { resolve: { conditions } },
  test: { include: ['packages/*/test/**/*.test.ts'], environment: 'node', testTimeout: 120_000, expect: { poll: { timeout: 30_000 } } },
})
