/** `npm start`: builds what is missing, then is the supervisor itself, in the same process, so that a Ctrl-C needs no forwarding. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bootstrap } from './bootstrap.mjs'
import { fail, handOverSignals, root } from './step.mjs'

try {
  await bootstrap()
  handOverSignals()
  const command = join(root, 'packages/strowger/bin/strowger.mjs')
  process.argv = [process.argv[0], command, 'start', ...process.argv.slice(2)]
  await import(pathToFileURL(command).href)
} catch (error) {
  fail(error)
}
