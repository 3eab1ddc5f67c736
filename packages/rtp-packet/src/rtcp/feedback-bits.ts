/** The two feedback messages that are no list of entries: reference picture selection and REMB. RFC 4585 §6.3.3, draft-alvestrand-rmcat-remb-03. */
import { checkInteger, concatenated, upToWord } from '../bytes.ts'
import { REMB_HEADER, RPSI_HEADER } from '../layout/feedback.ts'
import { readFields, writeFields } from '../layout/fields.ts'
import type { FeedbackFrom, Remb, Rpsi } from '../rtcp-packets.ts'
import { readWords, writeList, writeWords } from './body.ts'

/** Whole bytes of padding are taken off; what is left of it, 0 to 7 bits, is `unusedBits`. */
export function decodeRpsi(sources: FeedbackFrom, information: Uint8Array): (FeedbackFrom & Rpsi) | undefined {
  if (information.length < 4) return undefined
  const { paddingBits, payloadType } = readFields(RPSI_HEADER, information, 0)
  const end = information.length - (paddingBits >> 3)
  if (end < RPSI_HEADER.bytes || (end === RPSI_HEADER.bytes && paddingBits % 8 > 0)) return undefined
  return { kind: 'rpsi', ...sources, payloadType, bits: information.subarray(RPSI_HEADER.bytes, end), unusedBits: paddingBits & 7 }
}

export function encodeRpsi({ payloadType, bits, unusedBits }: Rpsi): Uint8Array {
  checkInteger('unusedBits', unusedBits, 0, bits.length === 0 ? 0 : 7)
  const bytes = new Uint8Array(upToWord(RPSI_HEADER.bytes + bits.length))
  const padding = bytes.length - RPSI_HEADER.bytes - bits.length
  writeFields(RPSI_HEADER, bytes, 0, { paddingBits: 8 * padding + unusedBits, payloadType })
  bytes.set(bits, RPSI_HEADER.bytes)
  return bytes
}

/** `undefined` for another application layer message. */
export function decodeRemb(sources: FeedbackFrom, information: Uint8Array): (FeedbackFrom & Remb) | undefined {
  if (information.length < REMB_HEADER.bytes) return undefined
  const { identifier, sources: count, exponent, mantissa } = readFields(REMB_HEADER, information, 0)
  if (identifier !== IDENTIFIER || information.length !== REMB_HEADER.bytes + 4 * count) return undefined
  return { kind: 'remb', ...sources, exponent, mantissa, ssrcs: readWords(information, REMB_HEADER.bytes, information.length) }
}

export function encodeRemb({ exponent, mantissa, ssrcs }: Remb): Uint8Array {
  const header = { identifier: IDENTIFIER, sources: ssrcs.length, exponent, mantissa }
  return concatenated([writeList(REMB_HEADER, [header]), writeWords('ssrc', ssrcs)])
}

/** REMB */
const IDENTIFIER = 0x5245_4d42
