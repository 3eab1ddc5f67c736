/** Makes docs/rfc-coverage.md: RFC, clause, the files that implement it, the tests that show it; then the departures with their reasons. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { citationsOf, filesOf } from './citations.mjs'
import { RFC_TITLES } from './rfc-titles.mjs'

const MOST_NAMED = 4

export function rfcCoverage(root) {
  const citations = citationsOf(root)
  const rfcs = [...groupBy(citations, ({ rfc }) => rfc)].sort(([a], [b]) => a - b)
  const departures = deviationsOf(root)
  return [
    '# RFC coverage',
    '',
    'Made by `npm run docs` from the citations in sources, tests and vectors; do not edit. A clause stands here when something cites it; code without',
    'a test beside it is marked. What differs from an RFC on purpose is at the end, with its reason.',
    '',
    ...summary(rfcs, departures),
    ...rfcs.flatMap(([rfc, cited]) => chapter(rfc, cited)),
    '## Departures',
    '',
    ...departures.map(({ file, text }) => `- ${link(file)}: ${text}`),
    '',
  ].join('\n')
}

function groupBy(items, keyOf) {
  const groups = new Map()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

function summary(rfcs, departures) {
  const clauses = rfcs.flatMap(([, cited]) => [...groupBy(cited, ({ clause }) => clause).values()])
  const tested = clauses.filter(cited => cited.some(({ by }) => by === 'test')).length
  return [
    `${rfcs.length} RFCs, ${clauses.length} clauses, ${tested} of them with a test that names them, ${departures.length} departures.`,
    '',
  ]
}

function chapter(rfc, cited) {
  const title = RFC_TITLES[rfc]
  const rows = [...groupBy(cited, ({ clause }) => clause)].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return [
    `## RFC ${rfc}${title === undefined ? '' : `: ${title}`}`,
    '',
    '| clause | code | tests |',
    '| --- | --- | --- |',
    ...rows.map(([clause, all]) => `| §${clause} | ${code(all)} | ${tests(all)} |`),
    '',
  ]
}

function code(cited) {
  return named(cited.filter(({ by }) => by === 'code').map(({ file }) => link(file)))
}

function tests(cited) {
  const shown = cited.filter(({ by, name }) => by === 'test' && name !== '')
  const whole = cited.filter(({ by, name }) => by === 'test' && name === '')
  const names = [...shown.map(({ name, file }) => `${asCell(name)} (${link(file)})`), ...whole.map(({ file }) => link(file))]
  return names.length === 0 ? '**none names it**' : named(names)
}

function named(texts) {
  const distinct = [...new Set(texts)]
  const more = distinct.length - MOST_NAMED
  return distinct.slice(0, more > 0 ? MOST_NAMED : undefined).join('<br>') + (more > 0 ? `<br>and ${more} more` : '')
}

function link(file) {
  return `[${file.replace(/^packages\//, '').replace('/src/', '/')}](../${file})`
}

function asCell(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

/** `Deviation:` and the sentences after it, to the end of its comment. */
function deviationsOf(root) {
  return filesOf(root)
    .filter(file => !/(^|\/)(test|e2e)\//.test(file))
    .flatMap(file => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n')
      return lines.flatMap((line, index) => (line.includes('Deviation:') ? [{ file, text: sentence(lines, index) }] : []))
    })
}

function sentence(lines, from) {
  const text = [lines[from].replace(/.*Deviation:\s*/, '')]
  for (let at = from + 1; /^\s*(\*(?!\/)|\/\/)/.test(lines[at] ?? '') && !text.at(-1).includes('*/'); at++)
    text.push(lines[at].replace(/^\s*(\*|\/\/)\s?/, ''))
  return asCell(
    text
      .join(' ')
      .replace(/\s*\*\/.*/, '')
      .trim(),
  )
}

/** The clauses that code cites and no test names. */
export function untested(root) {
  const citations = citationsOf(root)
  const key = ({ rfc, clause }) => `RFC ${rfc} §${clause}`
  const tested = new Set(citations.filter(({ by }) => by === 'test').map(key))
  return [...new Set(citations.filter(({ by }) => by === 'code').map(key))].filter(clause => !tested.has(clause))
}
