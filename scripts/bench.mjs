/** `npm run bench [-- NAME] [--json FILE] [--smoke]`: builds what is missing, then measures. */
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { execute, fail, root } from './step.mjs'

try {
  await bootstrap()
  const { code } = await execute(process.execPath, [
    '--import',
    './scripts/typescript.mjs',
    join(root, 'bench/run.ts'),
    ...process.argv.slice(2),
  ])
  process.exit(code)
} catch (error) {
  fail(error)
}
