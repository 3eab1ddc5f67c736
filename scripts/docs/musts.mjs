/** Proves docs/rfc-musts.md: every test that a row names in backticks exists, and every row names one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf } from './citations.mjs'

/** @returns {string[]} what is wrong, a sentence each. */
export function wrongMusts(root) {
  const page = readFileSync(join(root, 'docs/rfc-musts.md'), 'utf8')
  const tests = filesOf(root)
    .filter(file => /(^|\/)(test|e2e)\//.test(file))
    .map(file => readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'"))
    .join('\n')
  return page.split('\n').flatMap((line, index) => {
    const cells = line.split(' | ')
    if (!line.startsWith('| ') || cells.length < 2 || /^\| (-|behaviour)/.test(line)) return []
    const named = [...cells.at(-1).matchAll(/`([^`]+)`/g)].map(([, title]) => title)
    if (named.length === 0) return [`docs/rfc-musts.md:${index + 1} names no test: ${cells[0].slice(2)}`]
    return named
      .filter(title => !tests.includes(title))
      .map(title => `docs/rfc-musts.md:${index + 1} names a test that is not there: ${title}`)
  })
}
