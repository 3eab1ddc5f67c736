/**
 * Gives constants back to a bundle. esbuild writes each `const` and class of a module as `var`; V8 puts the value of a `const` into the code that it
 * compiles, a table with its address and length, and has to load and check a `var` each time. A proxied call takes 0.85 of the CPU.
 */
import ts from 'typescript'

/** For tsup. Only names of our own modules: older libraries use a `var` before it has a value. */
export const constants = {
  name: 'constants',
  renderChunk: (code, info) => (info.type === 'chunk' ? { code: withConstants(code), map: info.map } : undefined),
}

/** `code`, an esbuild bundle, with `const` for each `var` at its top that gets a value where it stands and no other. */
export function withConstants(code) {
  const file = ts.createSourceFile('bundle.js', code, ts.ScriptTarget.ESNext, false, ts.ScriptKind.JS)
  const written = writtenNames(file)
  const libraries = libraryParts(code)
  let out = ''
  let from = 0
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement) || (statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0) continue
    const { declarations } = statement.declarationList
    const at = statement.getStart(file)
    if (!declarations.every(({ name, initializer }) => ts.isIdentifier(name) && initializer !== undefined && !written.has(name.text)))
      continue
    if (libraries.some(([start, end]) => at >= start && at < end)) continue
    out += `${code.slice(from, at)}const`
    from = at + 'var'.length
  }
  return out + code.slice(from)
}

/** Every name that is assigned to anywhere, whatever it means there. */
function writtenNames(file) {
  const names = new Set()
  const note = target => {
    if (ts.isIdentifier(target)) names.add(target.text)
    else if (!ts.isPropertyAccessExpression(target) && !ts.isElementAccessExpression(target)) ts.forEachChild(target, note)
  }
  const visit = node => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) note(node.left)
    else if ((ts.isPrefixUnaryExpression(node) && isStep(node.operator)) || ts.isPostfixUnaryExpression(node)) note(node.operand)
    else if ((ts.isForOfStatement(node) || ts.isForInStatement(node)) && !ts.isVariableDeclarationList(node.initializer))
      note(node.initializer)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return names
}

const isAssignment = kind => kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
const isStep = operator => operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken

/** From where to where there is what came from `node_modules`: esbuild writes the file's name above. */
function libraryParts(code) {
  const parts = []
  for (const { 1: path, index } of code.matchAll(/^\/\/ (\S+)$/gm)) {
    if (parts.length > 0) parts.at(-1)[1] ??= index
    if (path.includes('node_modules/')) parts.push([index, undefined])
  }
  if (parts.length > 0) parts.at(-1)[1] ??= code.length
  return parts
}
