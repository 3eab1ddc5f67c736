/** Reads `vectors/*.md`: `##` sections with a `sip` block and what must come of it, in a `json` or `error` block. */
import { readFileSync } from 'node:fs'

export interface Vector {
  readonly title: string
  /** Title and the first clause that is cited, for the name of a test. */
  readonly name: string
  /** What is said about it, between title and first block. */
  readonly prose: string
  /** Bytes of the `sip` block: each line ends in CRLF. */
  readonly bytes: Uint8Array
  /** Parsed `json` block, if any. */
  readonly json?: unknown
  /** Text of the `error` block, if any. */
  readonly error?: string
  /** Text of the `written` block: how the value is written anew. */
  readonly written?: string
  /** The sentence after `Skipped:`, if any. */
  readonly skipped?: string
}

export interface VectorFile {
  /** Text of the `#` line. */
  readonly name: string
  readonly vectors: readonly Vector[]
}

export function readVectors(file: string): VectorFile {
  const text = readFileSync(new URL(`vectors/${file}`, import.meta.url), 'utf8')
  const [head, ...sections] = text.split(/^## /m)
  return { name: /^# (.*)$/m.exec(head!)![1]!, vectors: sections.map(readSection) }
}

function readSection(section: string): Vector {
  const title = section.slice(0, section.indexOf('\n'))
  const prose = section.slice(title.length, section.indexOf('```')).trim()
  const clause = /RFC \d+ §[\d.]*\d/.exec(prose)?.[0]
  const blocks = new Map([...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(match => [match[1]!, match[2]!]))
  const sip = blocks.get('sip')
  if (sip === undefined) throw new Error(`Vector "${title}" has no sip block`)
  const json = blocks.get('json')
  const [error, written] = [blocks.get('error')?.trim(), blocks.get('written')?.trim()]
  const skipped = /^Skipped: (.+)$/m.exec(section)?.[1]
  return {
    title,
    name: clause === undefined ? title : `${title} (${clause})`,
    prose,
    bytes: bytesOf(sip),
    ...(json === undefined ? {} : { json: JSON.parse(json) }),
    ...(error === undefined ? {} : { error }),
    ...(written === undefined ? {} : { written }),
    ...(skipped === undefined ? {} : { skipped }),
  }
}

/** Line ends become CRLF, `\xNN` a byte, `{length}` the number of bytes after the empty line. */
function bytesOf(block: string): Uint8Array {
  const text = Buffer.from(block.replaceAll('\n', '\r\n'), 'utf8').toString('latin1')
  const raw = text.replace(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const bodyBytes = raw.length - (raw.indexOf('\r\n\r\n', raw.search(/\S/)) + 4)
  return new Uint8Array(Buffer.from(raw.replace('{length}', String(bodyBytes)), 'latin1'))
}
