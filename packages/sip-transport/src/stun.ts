/**
 * Answers the STUN requests by which phones keep a NAT open and see that they still have the same address outside, on the port of SIP. A message of
 * STUN starts with two zero bits, one of SIP never does. RFC 5626 §3.5.2, §5.4, §8, RFC 8489 §6, §14.2.
 *
 * Without state, credentials or FINGERPRINT (RFC 5626 §8): an answer is at most 24 bytes longer than what was asked.
 */
import { isIPv4 } from 'node:net'

/** The Binding response; an error response when something must be understood that is not; `undefined` for what is no request. */
export function stunAnswer(bytes: Uint8Array, from: { readonly address: string; readonly port: number }): Uint8Array | undefined {
  const asked = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (asked.length < HEADER || asked.readUInt16BE(0) !== BINDING_REQUEST || asked.readUInt32BE(4) !== COOKIE) return undefined
  if (asked.length !== HEADER + asked.readUInt16BE(2) || asked.length % 4 !== 0) return undefined
  const unknown = unknownIn(asked)
  if (unknown === undefined) return undefined
  if (unknown.length > 0)
    return message(asked, BINDING_ERROR, [attribute(ERROR_CODE, [0, 0, 4, 20]), attribute(UNKNOWN_ATTRIBUTES, unknown.flatMap(twoBytes))])
  const address = bytesOf(from.address)
  if (address === undefined) return undefined
  const port = from.port ^ (COOKIE >>> 16)
  const family = address.length === 4 ? 1 : 2
  const hidden = address.map((byte, i) => byte ^ asked[4 + i]!)
  return message(asked, BINDING_RESPONSE, [attribute(XOR_MAPPED_ADDRESS, [0, family, ...twoBytes(port), ...hidden])])
}

/** Types that must be understood and are not, eight at most; `undefined` when the attributes do not fill the message. RFC 8489 §5, §6.3.1. */
function unknownIn(asked: Buffer): readonly number[] | undefined {
  const unknown: number[] = []
  let at = HEADER
  while (at + 4 <= asked.length) {
    const type = asked.readUInt16BE(at)
    if (type < COMPREHENSION_OPTIONAL && !UNDERSTOOD.has(type) && unknown.length < MOST_UNKNOWN) unknown.push(type)
    at += 4 + padded(asked.readUInt16BE(at + 2))
  }
  return at === asked.length ? unknown : undefined
}

/** The transaction id, and the cookie before it, come back. */
function message(asked: Buffer, type: number, attributes: readonly Buffer[]): Buffer {
  const body = Buffer.concat(attributes)
  const head = Buffer.from(asked.subarray(0, HEADER))
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(body.length, 2)
  return Buffer.concat([head, body])
}

function attribute(type: number, value: readonly number[]): Buffer {
  const written = Buffer.alloc(4 + padded(value.length))
  written.writeUInt16BE(type, 0)
  written.writeUInt16BE(value.length, 2)
  written.set(value, 4)
  return written
}

/** Of an IP address as the kernel writes it. */
function bytesOf(address: string): readonly number[] | undefined {
  const plain = address.split('%')[0]!
  const last = plain.slice(plain.lastIndexOf(':') + 1)
  if (isIPv4(plain)) return plain.split('.').map(Number)
  const text = isIPv4(last) ? `${plain.slice(0, -last.length)}${wordsOf(last)}` : plain
  const [before = '', after] = text.split('::')
  const words = (part: string): readonly number[] => (part === '' ? [] : part.split(':').map(word => Number.parseInt(word, 16)))
  const [left, right] = [words(before), words(after ?? '')]
  const zeros = after === undefined ? [] : new Array<number>(8 - left.length - right.length).fill(0)
  const all = [...left, ...zeros, ...right]
  return all.length === 8 ? all.flatMap(twoBytes) : undefined
}

function wordsOf(address: string): string {
  const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number]
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

const twoBytes = (word: number): readonly number[] => [word >> 8, word & 0xff]
const padded = (length: number): number => (length + 3) & ~3

const HEADER = 20
const COOKIE = 0x2112a442
const BINDING_REQUEST = 0x0001
const BINDING_RESPONSE = 0x0101
const BINDING_ERROR = 0x0111
const ERROR_CODE = 0x0009
const UNKNOWN_ATTRIBUTES = 0x000a
const XOR_MAPPED_ADDRESS = 0x0020
const COMPREHENSION_OPTIONAL = 0x8000
/** Those of RFC 8489 §14: credentials, which are not asked for here, change nothing. */
const UNDERSTOOD: ReadonlySet<number> = new Set([0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x001c, 0x001d, 0x001e, 0x0020])
const MOST_UNKNOWN = 8
