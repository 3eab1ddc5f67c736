/** Extended reports: a list of blocks, each with a header of its own. RFC 3611 §2, §3, §4. */
import { checkInteger, concatenated, put16, u16, u32 } from '../bytes.ts'
import { DLRR_ENTRY, STATISTICS_SUMMARY, SUMMARY_FLAGS, VOIP_METRICS, XR_HEADER, XR_RANGE, XR_REFERENCE_TIME } from '../layout/extended.ts'
import { readFields, writeFields } from '../layout/fields.ts'
import { type ExtendedReport, RTCP } from '../rtcp-packets.ts'
import type { RleBlock, XrBlock } from '../xr-blocks.ts'
import { checkWords, type Encoded, type RtcpBody, readList, readWords, writeList, writeWords } from './body.ts'

export function decodeExtendedReport({ bytes, bodyOffset, bodyEnd }: RtcpBody): ExtendedReport | undefined {
  if (bodyOffset + 4 > bodyEnd) return undefined
  const blocks: XrBlock[] = []
  for (let at = bodyOffset + 4; at < bodyEnd; ) {
    if (at + XR_HEADER.bytes > bodyEnd) return undefined
    const { type, specific, words } = readFields(XR_HEADER, bytes, at)
    const from = at + XR_HEADER.bytes
    at = from + 4 * words
    const block = at > bodyEnd ? undefined : decodeBlock(type, specific, bytes.subarray(from, at))
    if (block === undefined) return undefined
    blocks.push(block)
  }
  return { kind: 'extended-report', ssrc: u32(bytes, bodyOffset), blocks }
}

function decodeBlock(type: number, specific: number, data: Uint8Array): XrBlock | undefined {
  switch (type) {
    case TYPES['loss-rle']:
      return decodeRle('loss-rle', specific, data)
    case TYPES['duplicate-rle']:
      return decodeRle('duplicate-rle', specific, data)
    case TYPES['receipt-times']: {
      const times = readWords(data, XR_RANGE.bytes, data.length)
      return data.length < XR_RANGE.bytes
        ? undefined
        : { kind: 'receipt-times', thinning: specific & 0x0f, ...readFields(XR_RANGE, data, 0), times }
    }
    case TYPES['reference-time']:
      return data.length !== XR_REFERENCE_TIME.bytes ? undefined : { kind: 'reference-time', ...readFields(XR_REFERENCE_TIME, data, 0) }
    case TYPES.dlrr:
      return data.length % DLRR_ENTRY.bytes !== 0 ? undefined : { kind: 'dlrr', entries: readList(DLRR_ENTRY, data, 0, data.length) }
    case TYPES['statistics-summary']:
      return data.length !== STATISTICS_SUMMARY.bytes ? undefined : decodeSummary(specific, data)
    case TYPES['voip-metrics']:
      return data.length !== VOIP_METRICS.bytes ? undefined : { kind: 'voip-metrics', ...readFields(VOIP_METRICS, data, 0) }
    default:
      return { kind: 'block', type, specific, data }
  }
}

/** An odd number of chunks is filled with a null chunk, which is no chunk. RFC 3611 §4.1 */
function decodeRle(kind: RleBlock['kind'], specific: number, data: Uint8Array): XrBlock | undefined {
  if (data.length < XR_RANGE.bytes) return undefined
  const chunks: number[] = []
  for (let at = XR_RANGE.bytes; at < data.length; at += 2) chunks.push(u16(data, at))
  if (chunks.at(-1) === 0) chunks.pop()
  return { kind, thinning: specific & 0x0f, ...readFields(XR_RANGE, data, 0), chunks }
}

function decodeSummary(specific: number, data: Uint8Array): XrBlock {
  const flags = readFields(SUMMARY_FLAGS, Uint8Array.of(specific), 0)
  return { kind: 'statistics-summary', ...flags, ...readFields(STATISTICS_SUMMARY, data, 0) }
}

export function encodeExtendedReport({ ssrc, blocks }: ExtendedReport): Encoded {
  return { type: RTCP.XR, count: 0, body: concatenated([writeWords('ssrc', [ssrc]), ...blocks.map(encodeBlock)]) }
}

function encodeBlock(block: XrBlock): Uint8Array {
  const data = checkWords('data', dataOf(block))
  const header = { type: block.kind === 'block' ? block.type : TYPES[block.kind], specific: specificOf(block), words: data.length / 4 }
  if (block.kind === 'block' && header.type >= 1 && header.type <= 7)
    throw new RangeError(`block type ${header.type} has a kind of its own`)
  const bytes = new Uint8Array(XR_HEADER.bytes + data.length)
  writeFields(XR_HEADER, bytes, 0, header)
  bytes.set(data, XR_HEADER.bytes)
  return bytes
}

function specificOf(block: XrBlock): number {
  if (block.kind === 'block') return block.specific
  if (block.kind === 'statistics-summary') return writeList(SUMMARY_FLAGS, [block])[0]!
  if (!('thinning' in block)) return 0
  checkInteger('thinning', block.thinning, 0, 15)
  return block.thinning
}

function dataOf(block: XrBlock): Uint8Array {
  switch (block.kind) {
    case 'loss-rle':
    case 'duplicate-rle':
      return concatenated([writeList(XR_RANGE, [block]), chunkBytes(block.chunks)])
    case 'receipt-times':
      return concatenated([writeList(XR_RANGE, [block]), writeWords('time', block.times)])
    case 'reference-time':
      return writeList(XR_REFERENCE_TIME, [block])
    case 'dlrr':
      return writeList(DLRR_ENTRY, block.entries)
    case 'statistics-summary':
      return writeList(STATISTICS_SUMMARY, [block])
    case 'voip-metrics':
      return writeList(VOIP_METRICS, [block])
    case 'block':
      return block.data
  }
}

function chunkBytes(chunks: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * Math.ceil(chunks.length / 2))
  for (const [index, chunk] of chunks.entries()) {
    checkInteger('chunk', chunk, 1, 0xffff)
    put16(bytes, 2 * index, chunk)
  }
  return bytes
}

/** Block types. RFC 3611 §4 */
const TYPES = {
  'loss-rle': 1,
  'duplicate-rle': 2,
  'receipt-times': 3,
  'reference-time': 4,
  dlrr: 5,
  'statistics-summary': 6,
  'voip-metrics': 7,
} as const
