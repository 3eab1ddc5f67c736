/** `npm run docs [-- --check]`: writes the generated pages; with `--check` it only says which of them are out of date. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { apiPages } from './docs/api-pages.mjs'
import { wrongMusts } from './docs/musts.mjs'
import { rfcCoverage } from './docs/rfc-coverage.mjs'
import { fail, Problem, root } from './step.mjs'

try {
  const { stateMachinesPage, TRANSACTION_MACHINES } = await import(built('packages/sip-transaction/dist/diagram.js'))
  const { USER_AGENT_MACHINES } = await import(built('packages/sip-ua/scripts/state-machines.mjs'))
  const { pages: api, undocumented } = apiPages(root)
  const pages = {
    'docs/rfc-coverage.md': rfcCoverage(root),
    'docs/state-machines.md': stateMachinesPage([TRANSACTION_MACHINES, USER_AGENT_MACHINES]),
    ...api,
  }
  const stale = Object.entries(pages).filter(
    ([file, text]) => !existsSync(join(root, file)) || readFileSync(join(root, file), 'utf8') !== text,
  )
  const check = process.argv.includes('--check')
  if (!check) for (const [file, text] of stale) write(join(root, file), text)
  if (undocumented.length > 0) throw new Problem(`These public symbols have no description:\n  ${undocumented.join('\n  ')}`)
  const wrong = existsSync(join(root, 'docs/rfc-musts.md')) ? wrongMusts(root) : []
  if (wrong.length > 0) throw new Problem(wrong.join('\n'))
  if (check && stale.length > 0)
    throw new Problem(`Run \`npm run docs\` and commit: ${stale.map(([file]) => file).join(', ')} would change`)
  console.log(
    check ? `${Object.keys(pages).length} generated pages are up to date` : `${stale.length} of ${Object.keys(pages).length} pages written`,
  )
} catch (error) {
  fail(error)
}

function built(file) {
  return pathToFileURL(join(root, file)).href
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
