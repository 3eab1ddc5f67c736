/** Goodbyes, with a reason perhaps. RFC 3550 §6.6. */
import { checkInteger, concatenated, upToWord } from '../bytes.ts'
import { type Goodbye, RTCP } from '../rtcp-packets.ts'
import { checkCount, type Encoded, type RtcpBody, readWords, writeWords } from './body.ts'

export function decodeGoodbye({ bytes, count, bodyOffset, bodyEnd }: RtcpBody): Goodbye | undefined {
  const reason = bodyOffset + 4 * count
  if (reason > bodyEnd) return undefined
  const ssrcs = readWords(bytes, bodyOffset, reason)
  if (reason === bodyEnd) return { kind: 'bye', ssrcs, reason: undefined }
  const end = reason + 1 + bytes[reason]!
  return end <= bodyEnd ? { kind: 'bye', ssrcs, reason: bytes.subarray(reason + 1, end) } : undefined
}

export function encodeGoodbye({ ssrcs, reason }: Goodbye): Encoded {
  const parts = [writeWords('ssrc', ssrcs)]
  if (reason !== undefined) {
    checkInteger('reason.length', reason.length, 0, 255)
    const text = new Uint8Array(upToWord(reason.length + 1))
    text[0] = reason.length
    text.set(reason, 1)
    parts.push(text)
  }
  return { type: RTCP.BYE, count: checkCount('ssrcs.length', ssrcs.length), body: concatenated(parts) }
}
