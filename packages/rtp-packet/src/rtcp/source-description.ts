/** Source descriptions: chunks of items, each chunk ended by a zero byte and filled to a word. RFC 3550 §6.5. */
import { checkInteger, concatenated, put32, u32, upToWord } from '../bytes.ts'
import { RTCP, type SdesChunk, type SdesItem, type SourceDescription } from '../rtcp-packets.ts'
import { checkCount, type Encoded, type RtcpBody } from './body.ts'

export function decodeSourceDescription({ bytes, count, bodyOffset, bodyEnd }: RtcpBody): SourceDescription | undefined {
  const chunks: SdesChunk[] = []
  let at = bodyOffset
  while (chunks.length < count) {
    if (at + 8 > bodyEnd) return undefined
    const items = itemsAt(bytes, at + 4, bodyEnd)
    if (items === undefined) return undefined
    chunks.push({ ssrc: u32(bytes, at), items: items.items })
    at += upToWord(items.end - at)
  }
  return at === bodyEnd ? { kind: 'source-description', chunks } : undefined
}

/** `end` is behind the zero byte that ends the list. */
function itemsAt(bytes: Uint8Array, from: number, bodyEnd: number): { readonly items: SdesItem[]; readonly end: number } | undefined {
  const items: SdesItem[] = []
  let at = from
  while (at < bodyEnd && bytes[at] !== 0) {
    const value = at + 2
    const next = value + (bytes[at + 1] ?? 0)
    if (value > bodyEnd || next > bodyEnd) return undefined
    items.push({ type: bytes[at]!, value: bytes.subarray(value, next) })
    at = next
  }
  return at < bodyEnd ? { items, end: at + 1 } : undefined
}

export function encodeSourceDescription({ chunks }: SourceDescription): Encoded {
  return { type: RTCP.SDES, count: checkCount('chunks.length', chunks.length), body: concatenated(chunks.map(encodeChunk)) }
}

function encodeChunk({ ssrc, items }: SdesChunk): Uint8Array {
  checkInteger('ssrc', ssrc, 0, 0xffff_ffff)
  const length = items.reduce((sum, { value }) => sum + 2 + value.length, 4)
  const bytes = new Uint8Array(upToWord(length + 1))
  put32(bytes, 0, ssrc)
  let at = 4
  for (const { type, value } of items) {
    checkInteger('type of an item', type, 1, 255)
    checkInteger('value.length of an item', value.length, 0, 255)
    bytes[at] = type
    bytes[at + 1] = value.length
    bytes.set(value, at + 2)
    at += 2 + value.length
  }
  return bytes
}
