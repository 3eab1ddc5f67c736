/** Finds every `RFC nnnn §x.y` in sources, tests and vectors, with what cites it. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * @typedef {{ rfc: number, clause: string, file: string, line: number, by: 'code' | 'test', name: string }} Citation
 * `name` is a test's or vector's own sentence; of code it is empty.
 */

const TITLE = /\b(?:test|it|describe)(?:\.\w+(?:\([^)]*\))?)?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g
const CITED = /RFC[ -](\d{3,5})|§+\s?([0-9A-Z][0-9A-Za-z.]*)/g

/** @returns {Citation[]} of a repository, in the order of its files. */
export function citationsOf(root) {
  const found = []
  for (const file of filesOf(root)) {
    const text = readFileSync(join(root, file), 'utf8')
    if (/\/test\/.*\.md$/.test(file)) found.push(...ofVectors(file, text))
    else if (/(^|\/)(test|e2e)\//.test(file)) found.push(...ofTests(file, text))
    else found.push(...ofCode(file, text))
  }
  return found
}

/** Files that may cite: TypeScript, C++ and the vectors' Markdown. */
export function filesOf(root) {
  const folders = ['packages', 'native', 'e2e', 'examples']
  return folders
    .flatMap(folder => walk(join(root, folder)))
    .map(file => relative(root, file))
    .sort()
}

function walk(folder) {
  return readdirSync(folder).flatMap(name => {
    if (['node_modules', 'dist', 'build', '.git'].includes(name)) return []
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return walk(path)
    return /\.(ts|mts|cpp|hpp|cc|h)$/.test(name) || (/\.md$/.test(name) && path.includes('/test/')) ? [path] : []
  })
}

/** The clauses of one piece of text: a `§` belongs to the RFC named before it. */
export function clausesIn(text, rfc) {
  const clauses = []
  for (const [, number, clause] of text.matchAll(CITED)) {
    if (number !== undefined) rfc = Number(number)
    else if (rfc !== undefined) clauses.push({ rfc, clause: clause.replace(/\.+$/, '') })
  }
  return clauses
}

/** Comments: the RFC named on one line holds for the next line of the same comment. */
function ofCode(file, text) {
  let rfc
  return text.split('\n').flatMap((line, index) => {
    if (!/^\s*(\*|\/\/)/.test(line)) rfc = undefined
    const clauses = clausesIn(line, rfc)
    rfc = clauses.at(-1)?.rfc ?? lastRfc(line) ?? rfc
    return clauses.map(clause => ({ ...clause, file, line: index + 1, by: 'code', name: '' }))
  })
}

function lastRfc(line) {
  const named = [...line.matchAll(/RFC (\d+)/g)].at(-1)
  return named && Number(named[1])
}

/** Titles; a lone `§` is RFC 3261's. A file's first comment counts for the file. */
function ofTests(file, text) {
  const titles = [...text.matchAll(TITLE)].flatMap(match => {
    const name = match[2].replaceAll("\\'", "'")
    return clausesIn(name, 3261).map(clause => ({
      ...clause,
      file,
      line: lineAt(text, match.index),
      by: 'test',
      name: withoutClause(name),
    }))
  })
  const head = clausesIn(text.split('\n')[0] ?? '').map(clause => ({ ...clause, file, line: 1, by: 'test', name: '' }))
  return [...titles, ...head]
}

/** `## Heading` and what is written under it, and what stands before the first. */
function ofVectors(file, text) {
  let name = ''
  let fenced = false
  return text.split('\n').flatMap((line, index) => {
    if (line.startsWith('```')) fenced = !fenced
    if (fenced) return []
    if (line.startsWith('## ')) name = line.slice(3).trim()
    return clausesIn(line, undefined).map(clause => ({ ...clause, file, line: index + 1, by: 'test', name: withoutClause(name) }))
  })
}

function withoutClause(name) {
  return name.replace(/\s*\((?:RFC|§)[^)]*\)\s*$/, '')
}

function lineAt(text, index) {
  return text.slice(0, index).split('\n').length
}
