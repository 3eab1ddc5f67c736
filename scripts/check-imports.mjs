/** Proves what docs say of the packages: who may import whom, what is pure, that nothing undeclared or private is imported, that files stay short. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '..')
const packages = join(root, 'packages')

const PURE = ['sip-parser', 'sip-transaction', 'sip-ua', 'sdp', 'media-control', 'domain', 'rtp-packet', 'hep']
const SIP = ['sip-parser', 'sip-transaction', 'sip-ua']
const BELOW_DAEMONS = [...PURE, 'native', 'dgram-ext', 'sip-transport', 'store', 'runtime']

/** Arrows only point down; two daemons never import each other. */
const MAY_IMPORT = {
  'sip-parser': [],
  'sip-transaction': ['sip-parser'],
  'sip-ua': ['sip-transaction', 'sip-parser'],
  sdp: [],
  'rtp-packet': [],
  hep: [],
  'media-control': [],
  domain: [],
  'dgram-ext': ['native'],
  'sip-transport': [...SIP, 'dgram-ext'],
  'rtp-relay': ['native', 'dgram-ext', 'media-control', 'rtp-packet', 'sdp', 'runtime'],
  'rtp-relayd': ['native', 'rtp-relay', 'runtime'],
  store: ['domain'],
  runtime: ['hep'],
  proxy: [...BELOW_DAEMONS, 'rtp-relay'],
  appserver: [...BELOW_DAEMONS, 'rtp-relay'],
  portal: ['domain', 'store', 'runtime'],
  jobs: ['domain', 'store', 'runtime'],
  strowger: [...BELOW_DAEMONS, 'rtp-relay', 'proxy', 'appserver', 'portal', 'jobs'],
  testkit: PURE,
}

/** Published as one bundle: what goes into it is a devDependency, which nobody who installs it fetches. */
const BUNDLED = new Set(['rtp-relayd'])

/** Files of a pure package that meet the machine: its `/node` and `/udp` entries. */
const MEETS_THE_MACHINE = /^src\/(node|udp)(\.ts$|\/|-)/

/** What only an argument may bring into a pure file. */
const IMPURE = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'process',
  'Buffer',
  'TextDecoder',
  'TextEncoder',
  'crypto',
  'fetch',
  'require',
])

const MOST_LINES = { src: 400, test: 600, e2e: 600 }
const CODE_IN_COMMENT = /^\s*\/\/\s*(const|let|var|import|export|return|await|function|if \(|for \(|while \(|\}|[\w.]+\(.*\);?$)/

const problems = []
let files = 0
for (const name of readdirSync(packages)) if (existsSync(join(packages, name, 'package.json'))) checkPackage(name)
for (const problem of problems) console.log(problem)
console.log(
  `${files} files of ${Object.keys(MAY_IMPORT).length} packages: ${problems.length === 0 ? 'imports, purity and length are in order' : `${problems.length} problems`}`,
)
process.exitCode = problems.length > 0 ? 1 : 0

function checkPackage(name) {
  const folder = join(packages, name)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (MAY_IMPORT[name] === undefined)
    problems.push(`packages/${name}: not in the table of ${relative(root, import.meta.filename ?? 'scripts/check-imports.mjs')}`)
  for (const dependency of Object.keys(manifest.dependencies ?? {})) checkAllowed(name, dependency, `packages/${name}/package.json`)
  for (const kind of Object.keys(MOST_LINES)) for (const file of sources(join(folder, kind))) checkFile(name, folder, manifest, kind, file)
}

function sources(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

function checkFile(name, folder, manifest, kind, file) {
  files += 1
  const text = readFileSync(file, 'utf8')
  const place = relative(root, file)
  const lines = text.trimEnd().split('\n')
  if (lines.length > MOST_LINES[kind]) problems.push(`${place}: ${lines.length} lines, at most ${MOST_LINES[kind]}`)
  if (kind !== 'src') return
  if (!text.startsWith('/**')) problems.push(`${place}:1: the first line must say what the file does`)
  for (const [index, line] of lines.entries()) if (CODE_IN_COMMENT.test(line)) problems.push(`${place}:${index + 1}: code in a comment`)
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const inside = relative(folder, file)
  const pure = PURE.includes(name) && !MEETS_THE_MACHINE.test(inside)
  walk(source, node => {
    const at = `${place}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
    const imported = importOf(node)
    if (imported !== undefined) checkImport({ name, folder, manifest, file, at, pure, imported })
    if (pure) checkPure(node, at)
  })
}

function walk(node, visit) {
  visit(node)
  ts.forEachChild(node, child => walk(child, visit))
}

function importOf(node) {
  const named = (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined
  if (named && ts.isStringLiteral(node.moduleSpecifier)) return node.moduleSpecifier.text
  const dynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  return dynamic && ts.isStringLiteral(node.arguments[0]) ? node.arguments[0].text : undefined
}

function checkImport({ name, folder, manifest, file, at, pure, imported }) {
  if (imported.startsWith('.')) {
    if (!resolve(dirname(file), imported).startsWith(join(folder, 'src')))
      problems.push(`${at}: ${imported} leaves the package; import it by its name`)
    return
  }
  if (imported.startsWith('node:')) {
    if (pure) problems.push(`${at}: a pure package imports ${imported}`)
    return
  }
  const dependency = imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/')
  const declared = BUNDLED.has(name) ? { ...manifest.devDependencies, ...manifest.dependencies } : manifest.dependencies
  if (declared?.[dependency] === undefined && dependency !== manifest.name) {
    problems.push(`${at}: ${dependency} is not among the dependencies of packages/${name}/package.json`)
  }
  checkAllowed(name, dependency, at)
}

function checkAllowed(name, dependency, at) {
  const ours = /^@strowger\/(.+)$/.exec(dependency)?.[1]
  if (ours === undefined || ours === name || MAY_IMPORT[name]?.includes(ours)) return
  problems.push(`${at}: ${name} may not import ${ours}; it may import ${MAY_IMPORT[name]?.join(', ') || 'nothing of ours'}`)
}

function checkPure(node, at) {
  if (ts.isAwaitExpression(node)) problems.push(`${at}: await in a pure package`)
  if (!ts.isIdentifier(node)) return
  if (node.text === 'Math' && ts.isPropertyAccessExpression(node.parent) && node.parent.name.text === 'random')
    problems.push(`${at}: Math.random in a pure package`)
  if (node.text === 'Date' && readsClock(node)) problems.push(`${at}: the clock in a pure package`)
  if (IMPURE.has(node.text) && isUse(node)) problems.push(`${at}: ${node.text} in a pure package`)
}

/** `Date.now()`, `new Date()` and `Date()`; with a time as argument it is arithmetic. */
function readsClock(node) {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node && parent.name.text === 'now'
  return (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && (parent.arguments?.length ?? 0) === 0
}

/** A name that is read, not a property, a key, a parameter or a declaration that happens to be called so. */
function isUse(node) {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return true
  return ts.isTypeReferenceNode(parent)
}
