/** The README's snippets are the files of `readme/`, and say what their comments say. RFC 3261 §10 to §15, §22, RFC 6665, RFC 3264. */
import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const readme = textOf('../README.md')

test.each([
  ['registration', 'RFC 3261 §10.2'],
  ['call', 'RFC 3261 §13'],
  ['registrar', 'RFC 3261 §10.3'],
  ['digest', 'RFC 7616 §3.4'],
  ['events', 'RFC 6665 §4.1'],
  ['rules', 'RFC 3264 §4'],
])('%s runs, and prints what it says (%s)', async name => {
  const snippet = textOf(`readme/${name}.ts`)
  expect(readme).toContain(`\`\`\`ts\n${snippet}\`\`\``)
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  await import(`./readme/${name}.ts`)
  const said = log.mock.calls.map(values => values.join(' '))
  log.mockRestore()
  expect(said).toEqual([...snippet.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(([, expected]) => expected))
})
