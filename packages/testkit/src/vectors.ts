/**
 * Reads test vectors out of Markdown: one `##` section each, prose, an input block (```sip with any line ends, or ```hex), and what is
 * expected of it (```json or ```error). A ```skip block says why a vector is not run; such vectors are counted, never hidden.
 */
import { readFileSync } from 'node:fs'

/** One section of a file of vectors. */
export interface Vector {
  /** The heading. */
  readonly title: string
  /** Line of the heading in the file, from 1. */
  readonly line: number
  /** As cited in the section, `RFC 4475 §3.1.1.1`. */
  readonly clauses: readonly string[]
  /** The input; each line of a `sip` block ends with CRLF. */
  readonly bytes: Uint8Array
  /** The value of the `json` block. */
  readonly json?: unknown
  /** The words of the `error` block. */
  readonly error?: string
  /** Why it is not run. */
  readonly skip?: string
}

interface Section {
  readonly title: string
  readonly line: number
  readonly prose: string[]
  readonly blocks: Map<string, string[]>
}

/** The vectors of a file. Throws as `readVectors` does. */
export function readVectorFile(file: string | URL): Vector[] {
  return readVectors(readFileSync(file, 'utf8'), String(file))
}

/** Throws when a section has no input, an unknown block or a block without an end: a vector must not be lost in silence. */
export function readVectors(markdown: string, name = 'vectors'): Vector[] {
  return sectionsOf(markdown.split('\n'), name).map(section => vectorOf(section, name))
}

function sectionsOf(lines: readonly string[], name: string): Section[] {
  const sections: Section[] = []
  let block: string[] | undefined
  for (const [i, line] of lines.entries()) {
    const section = sections.at(-1)
    if (block !== undefined) {
      if (line === '```') block = undefined
      else block.push(line)
    } else if (line.startsWith('## ')) {
      sections.push({ title: line.slice(3).trim(), line: i + 1, prose: [], blocks: new Map() })
    } else if (line.startsWith('```')) {
      block = openBlock(section, line.slice(3).trim(), `${name}:${i + 1}`)
    } else {
      section?.prose.push(line)
    }
  }
  if (block !== undefined) throw new Error(`${name}: the last block has no end`)
  return sections
}

function openBlock(section: Section | undefined, kind: string, place: string): string[] {
  if (!['sip', 'hex', 'json', 'error', 'skip'].includes(kind))
    throw new Error(`${place}: a block is sip, hex, json, error or skip, not "${kind}"`)
  if (section === undefined) throw new Error(`${place}: a block before the first "## "`)
  if (section.blocks.has(kind)) throw new Error(`${place}: a second ${kind} block in "${section.title}"`)
  const block: string[] = []
  section.blocks.set(kind, block)
  return block
}

function vectorOf({ title, line, prose, blocks }: Section, name: string): Vector {
  const bytes = inputOf(blocks)
  if (bytes === undefined) throw new Error(`${name}:${line}: "${title}" has no sip or hex block`)
  const text = (kind: string): string | undefined => blocks.get(kind)?.join('\n').trim()
  const [json, error, skip] = [text('json'), text('error'), text('skip')]
  return {
    title,
    line,
    clauses: prose.join('\n').match(/RFC \d+ §[\d.]*\d/g) ?? [],
    bytes,
    ...(json === undefined ? {} : { json: JSON.parse(json) as unknown }),
    ...(error === undefined ? {} : { error }),
    ...(skip === undefined ? {} : { skip }),
  }
}

function inputOf(blocks: ReadonlyMap<string, readonly string[]>): Uint8Array | undefined {
  const hex = blocks.get('hex')
  if (hex !== undefined) return new Uint8Array(Buffer.from(hex.join('').replaceAll(/\s/g, ''), 'hex'))
  const sip = blocks.get('sip')
  return sip && new Uint8Array(Buffer.from(sip.map(line => `${line.replace(/\r$/, '')}\r\n`).join('')))
}
