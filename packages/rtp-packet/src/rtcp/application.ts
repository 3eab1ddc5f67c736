/** Packets of an application's own, and packets of types that are not known here. RFC 3550 §6.7, §6.1. */
import { checkInteger, concatenated, u32 } from '../bytes.ts'
import { type ApplicationPacket, RTCP, type UnknownPacket } from '../rtcp-packets.ts'
import { checkWords, type Encoded, type RtcpBody, writeWords } from './body.ts'

export function decodeApplication({ bytes, count, bodyOffset, bodyEnd }: RtcpBody): ApplicationPacket | undefined {
  if (bodyEnd - bodyOffset < 8) return undefined
  const name = String.fromCharCode(...bytes.subarray(bodyOffset + 4, bodyOffset + 8))
  return { kind: 'app', subtype: count, ssrc: u32(bytes, bodyOffset), name, data: bytes.subarray(bodyOffset + 8, bodyEnd) }
}

export function encodeApplication({ subtype, ssrc, name, data }: ApplicationPacket): Encoded {
  checkInteger('subtype', subtype, 0, 31)
  if (!ASCII.test(name)) throw new RangeError('name of an APP packet is four ASCII characters')
  const letters = Uint8Array.from(name, letter => letter.charCodeAt(0))
  return { type: RTCP.APP, count: subtype, body: concatenated([writeWords('ssrc', [ssrc]), letters, checkWords('data', data)]) }
}

export function decodeUnknown({ bytes, type, count, bodyOffset, bodyEnd }: RtcpBody): UnknownPacket {
  return { kind: 'unknown', type, count, body: bytes.subarray(bodyOffset, bodyEnd) }
}

export function encodeUnknown({ type, count, body }: UnknownPacket): Encoded {
  checkInteger('type', type, 192, 223)
  if (type >= RTCP.SR && type <= RTCP.XR) throw new RangeError(`packet type ${type} has a kind of its own`)
  checkInteger('count', count, 0, 31)
  return { type, count, body: checkWords('body', body) }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it is
const ASCII = /^[\x00-\x7f]{4}$/
