/** Makes docs/api/PACKAGE.md: each entry of a published package with every symbol's declaration and description, from the built `.d.ts` files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

/** @returns {{ pages: Record<string, string>, undocumented: string[] }} */
export function apiPages(root) {
  const pages = {}
  const undocumented = []
  for (const name of published(root)) {
    const entries = entriesOf(root, name)
    const program = ts.createProgram(
      entries.map(({ file }) => file),
      {
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      },
    )
    pages[`docs/api/${name}.md`] = page(root, name, entries, program, undocumented)
  }
  return { pages, undocumented: undocumented.sort() }
}

/** Packages that a stranger installs. */
function published(root) {
  return readdirSync(join(root, 'packages'))
    .filter(name => existsSync(join(root, 'packages', name, 'package.json')))
    .filter(name => manifest(root, name).private !== true && manifest(root, name).exports !== undefined)
    .sort()
}

function manifest(root, name) {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
}

function entriesOf(root, name) {
  return Object.entries(manifest(root, name).exports)
    .filter(([, target]) => typeof target === 'object' && target.types !== undefined)
    .map(([entry, target]) => ({ name: `@strowger/${name}${entry.slice(1)}`, file: join(root, 'packages', name, target.types) }))
}

function page(root, name, entries, program, undocumented) {
  const { description } = manifest(root, name)
  const chapters = entries.flatMap(entry => {
    const source = program.getSourceFile(entry.file)
    if (source === undefined) throw new Error(`${relative(root, entry.file)} is not there; build first`)
    return chapter(entry, source, program, undocumented)
  })
  return [`# @strowger/${name}`, '', `${description}. Made by \`npm run docs\`; do not edit.`, '', ...chapters].join('\n')
}

function chapter(entry, source, program, undocumented) {
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(source)
  const exported = module === undefined ? [] : checker.getExportsOfModule(module)
  const symbols = exported.map(symbol => describe(symbol, checker)).sort((a, b) => a.name.localeCompare(b.name, 'en'))
  for (const symbol of symbols) for (const missing of symbol.missing) undocumented.push(`${entry.name}: ${missing}`)
  const about = ts.getLeadingCommentRanges(source.text, 0)?.[0]
  const prose = about === undefined ? '' : plain(source.text.slice(about.pos, about.end)).replace('@packageDocumentation', '').trim()
  return [
    `## ${entry.name}`,
    '',
    prose,
    '',
    ...symbols.flatMap(symbol => [`### ${symbol.name}`, '', symbol.prose, '', '```ts', symbol.declaration, '```', '']),
  ]
}

/** A symbol without a description of its own takes that of its file, when it is the one thing that the file exports. */
function describe(symbol, checker) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const nodes = (target.declarations ?? []).map(node => (ts.isVariableDeclaration(node) ? node.parent.parent : node))
  const own = nodes.map(ownComment).find(text => text !== '')
  const prose = own ?? nodes.map(fileComment).find(text => text !== '') ?? ''
  const missing = [...(prose === '' ? [symbol.name] : []), ...nodes.flatMap(node => undescribedMembers(symbol.name, node))]
  return { name: symbol.name, prose, declaration: nodes.map(declarationText).join('\n'), missing: [...new Set(missing)] }
}

/** Public methods and properties of interfaces and classes; a discriminant says itself what it is. */
function undescribedMembers(name, node) {
  if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) return []
  return node.members
    .filter(member => member.name !== undefined && !hidden(member) && !discriminant(member) && ownComment(member) === '')
    .map(member => `${name}.${member.name.getText()}`)
}

function hidden(member) {
  return ts.isPrivateIdentifier(member.name) || (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0
}

function discriminant(member) {
  return ts.isPropertySignature(member) && member.type !== undefined && ts.isLiteralTypeNode(member.type)
}

function ownComment(node) {
  const range = (ts.getLeadingCommentRanges(node.getSourceFile().text, node.pos) ?? []).at(-1)
  const text = range === undefined ? '' : node.getSourceFile().text.slice(range.pos, range.end)
  return text.startsWith('/**') && range.pos > 0 ? plain(text) : ''
}

function fileComment(node) {
  const { text, statements } = node.getSourceFile()
  if (new Set(statements.filter(ts.canHaveModifiers).filter(isExported).map(nameOf)).size > 1 && !isFirst(node, statements)) return ''
  const range = (ts.getLeadingCommentRanges(text, 0) ?? [])[0]
  return range !== undefined && text.slice(range.pos).startsWith('/**') ? plain(text.slice(range.pos, range.end)) : ''
}

function isExported(statement) {
  return (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
}

/** What the file is called after, else its first export. */
function isFirst(node, statements) {
  const file = node
    .getSourceFile()
    .fileName.replace(/.*\/|\.d\.ts$/g, '')
    .replaceAll('-', '')
    .toLowerCase()
  const names = statements.filter(ts.canHaveModifiers).filter(isExported).map(nameOf)
  return nameOf(node) === (names.find(name => name.toLowerCase() === file) ?? names[0])
}

function nameOf(statement) {
  return (ts.isVariableStatement(statement) ? statement.declarationList.declarations[0].name : statement.name)?.getText() ?? ''
}

function declarationText(node) {
  return node
    .getText()
    .replace(/^export (declare )?/, '')
    .replace(/^declare /, '')
}

/** A doc comment's text as Markdown. */
function plain(comment) {
  return comment
    .replace(/^\/\*\*\s?/, '')
    .replace(/\s*\*\/$/, '')
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .replaceAll(/\{@link ([^}\s|]+)[^}]*\}/g, '`$1`')
    .trim()
}
