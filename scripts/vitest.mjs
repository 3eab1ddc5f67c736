/** One run of vitest and its sum: `node scripts/vitest.mjs NAME CONFIG [PATTERN…]` ends with `N passed, M failed`. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execute, fail, root } from './step.mjs'

/**
 * What the tests leave in the temporary directory goes with the run; its name is short because Unix sockets are made in it.
 * @returns {Promise<{ passed: number, failed: number, skipped: string[], failures: string[] }>} skipped and failed tests by name
 */
export async function vitest(name, config, patterns = [], env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'st-'))
  const file = join(folder, 'report.json')
  const args = ['run', '-c', config, '--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...patterns]
  console.log(`\n${name}`)
  const { code } = await execute(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    env: { TMPDIR: folder, ...env },
  })
  try {
    return sum(name, code, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file that cannot even be loaded has no test in the report: it counts as one that failed. */
function sum(name, code, report) {
  const results = report?.testResults ?? []
  const unloadable = results.filter(result => result.status === 'failed' && result.assertionResults.length === 0)
  const failed = (report?.numFailedTests ?? 0) + unloadable.length
  const tests = results.flatMap(result => result.assertionResults)
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: tests.filter(test => ['pending', 'skipped', 'todo'].includes(test.status)).map(test => `${name}: ${test.fullName}`),
    failures: [
      ...unloadable.map(result => `${name}: ${result.name}: ${firstLines(result.message)}`),
      ...tests.filter(test => test.status === 'failed').map(test => `${name}: ${test.fullName}: ${firstLines(test.failureMessages?.[0])}`),
    ],
  }
}

/** Of a failure's message, what tells it from others. */
function firstLines(message = '') {
  return message.split('\n').slice(0, 6).join('\n  ').slice(0, 1000)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, config, ...patterns] = process.argv.slice(2)
  vitest(name, config, patterns).then(({ passed, failed, failures }) => {
    for (const failure of failures) console.log(`failed: ${failure}`)
    console.log(`${passed} passed, ${failed} failed`)
    process.exitCode = failed > 0 ? 1 : 0
  }, fail)
}
