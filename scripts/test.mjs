/** `npm test [-- PATTERN]`: builds what is missing, then every test; the last line is `N passed, M failed`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { ensurePeers, packageOf } from './peers.mjs'
import { fail, must, root, step } from './step.mjs'
import { vitest } from './vitest.mjs'

const strict = ['1', 'true'].includes(process.env.CI ?? '')
const patterns = process.argv.slice(2)
const total = { passed: 0, failed: 0, skipped: [], failures: [] }

try {
  await bootstrap()
  if (patterns.length === 0) await checks()
  await run('unit', 'vitest.config.ts')
  if (existsSync(join(root, 'vitest.e2e.config.ts'))) await endToEnd()
  report()
} catch (error) {
  fail(error)
}

/** What is not vitest's counts as one test each. */
async function checks() {
  const bin = name => join(root, 'node_modules/.bin', name)
  if (existsSync(join(root, 'native/test/run.sh'))) await native()
  await check('lint', bin('biome'), ['check', '--reporter=summary', '.'])
  await check('imports', process.execPath, [join(root, 'scripts/check-imports.mjs')])
  await check('generated pages', process.execPath, [join(root, 'scripts/docs.mjs'), '--check'])
  await check('types of the tests', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.test.json'])
}

/** The kernel's share is tested between namespaces that `ip` makes. */
async function native() {
  await ensurePeers(['ip'])
  const tests = join(root, 'native/test/run.sh')
  await check('native tests (C++, ASan, UBSan)', 'sh', [tests], { FUZZ_SECONDS: strict ? '60' : '2' })
  await check('native tests (C++, TSan)', 'sh', [tests, 'relay_engine_test.cpp', 'relay_kernel_test.cpp'], { SANITIZE: 'thread' })
  if (existsSync('/usr/bin/clang')) await check('BPF bytecode is of its source', 'sh', [join(root, 'native/bpf/build.sh'), '--check'])
}

async function check(name, program, args, env = {}) {
  try {
    await step(name, async () => void (await must(program, args, { env })))
    total.passed += 1
  } catch (error) {
    console.error(error.message)
    total.failures.push(name)
    total.failed += 1
  }
}

async function endToEnd() {
  const missing = await ensurePeers()
  for (const program of missing) {
    const without = `tests with ${program} (Debian package ${packageOf(program)} is not here)`
    if (!strict) console.log(`skipped: ${without}`)
    else total.failures.push(without)
    if (strict) total.failed += 1
  }
  await run('end to end', 'vitest.e2e.config.ts', { STROWGER_TEST_MISSING_PEERS: missing.join(',') })
}

async function run(name, config, env = {}) {
  const { passed, failed, skipped, failures } = await vitest(name, config, patterns, env)
  total.passed += passed
  total.failed += failed
  total.skipped.push(...skipped)
  total.failures.push(...failures)
}

function report() {
  console.log()
  for (const name of total.skipped) console.log(`skipped: ${name}`)
  for (const failure of total.failures) console.log(`failed: ${failure}`)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed > 0 ? 1 : 0
}
