/** `npm run faults [-- PATTERN]`: attacks and faults at full length, with lines that say how far they are; the last line is `N passed, M failed`. */
import { bootstrap } from './bootstrap.mjs'
import { ensurePeers, packageOf } from './peers.mjs'
import { fail } from './step.mjs'
import { vitest } from './vitest.mjs'

const patterns = process.argv.slice(2)

try {
  await bootstrap()
  const missing = await ensurePeers()
  for (const program of missing) console.log(`skipped: tests with ${program} (Debian package ${packageOf(program)} is not here)`)
  const env = { STROWGER_FAULTS: 'full', STROWGER_TEST_MISSING_PEERS: missing.join(',') }
  const { passed, failed, skipped, failures } = await vitest(
    'faults',
    'vitest.e2e.config.ts',
    patterns.length === 0 ? ['e2e/faults'] : patterns,
    env,
  )
  console.log()
  for (const name of skipped) console.log(`skipped: ${name}`)
  for (const failure of failures) console.log(`failed: ${failure}`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
} catch (error) {
  fail(error)
}
