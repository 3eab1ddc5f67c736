/** `npm run bench -- [NAME] [--json FILE]`: builds what is missing, then measures. */
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { execute, fail, root } from './step.mjs'

try {
  await bootstrap()
  const { code } = await execute(process.execPath, [join(root, 'bench/run.mjs'), ...process.argv.slice(2)])
  process.exit(code)
} catch (error) {
  fail(error)
}
