/** Reads `vectors/*.md`: one `##` section each with an offer (```sdp) and its verdict (```answer or ```refused). */
import { readdirSync, readFileSync } from 'node:fs'
import type { Capabilities } from '../src/index.ts'

const folder = new URL('vectors/', import.meta.url)

/** The side that answers. */
export const us: Capabilities = JSON.parse(readFileSync(new URL('us.json', folder), 'utf8'))

export interface OfferVector {
  readonly title: string
  /** As cited in the section. */
  readonly clause: string
  readonly offer: string
  /** The lines of the answer from the first m-line on. */
  readonly answer?: string
  /** `488 307 Text`. */
  readonly refused?: string
}

export const offerFiles: readonly { readonly file: string; readonly vectors: readonly OfferVector[] }[] = readdirSync(folder)
  .filter(name => name.endsWith('.md'))
  .map(file => ({ file, vectors: sections(readFileSync(new URL(file, folder), 'utf8')).map(vectorOf) }))

function sections(markdown: string): string[] {
  return markdown.split('\n## ').slice(1)
}

function vectorOf(section: string): OfferVector {
  const title = section.slice(0, section.indexOf('\n'))
  const block = (name: string): string | undefined => new RegExp(`^\`\`\`${name}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(section)?.[1]
  const [sdp, answer, refused] = [block('sdp'), block('answer'), block('refused')]
  const clause = /RFC \d+ §[\d.]*\d/.exec(section)?.[0]
  if (sdp === undefined || clause === undefined || (answer === undefined) === (refused === undefined))
    throw new Error(`"${title}" needs an offer, a clause, and an answer or a refusal`)
  return { title, clause, offer: offerOf(sdp), ...(answer === undefined ? { refused: refused!.trim() } : { answer: repeated(answer) }) }
}

function offerOf(block: string): string {
  const lines = repeated(block).replace(/\{(\d+)\}( \d|[\s\S])/g, (_, times: string, what: string) => what.repeat(Number(times)))
  return lines.replaceAll('\\0', '\0').replaceAll('\\r', '\r').replaceAll('\n', '\r\n')
}

/** Lines that begin with `{300}`. */
function repeated(block: string): string {
  return block.replace(/^\{(\d+)\}(.*\n)/gm, (_, times: string, line: string) => line.repeat(Number(times)))
}
