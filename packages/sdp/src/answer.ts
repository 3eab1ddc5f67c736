/** Answers an offer: same number and order of m-lines, what both can do, port 0 for the rest. RFC 3264 §6, §8, RFC 8866 §5. */
import { answerStream, type StreamAnswer } from './answer-stream.ts'
import type { SdpText } from './bytes.ts'
import type { Capabilities, MediaCapability } from './capabilities.ts'
import { SDP_ERRORS } from './errors.ts'
import { addressTypeOf, type Connection, type Origin } from './fields.ts'
import { readSdp, type Sdp } from './parse.ts'
import { REFUSALS, refusal, type SdpRefusal, type StreamRefusal } from './refusal.ts'
import { deadStream } from './stream-lines.ts'
import { continueSession } from './version.ts'
import { writeSdp } from './write.ts'

/** A stream that is answered with port 0 although it was offered. */
export interface RefusedStream extends StreamRefusal {
  /** Of its m-line, counted from 0. */
  readonly index: number
}

/** What becomes of an offer: a description to send, or a 488. Switch on `kind`. */
export type Answer = { readonly kind: 'answer'; readonly sdp: Uint8Array; readonly refused: readonly RefusedStream[] } | SdpRefusal

/**
 * The answer to `offer` of a side that can do what `capabilities` say; `previous` is the description that this side sent last in the
 * session, offer or answer. The origin then stays and its version grows by one exactly when something changed (RFC 3264 §8).
 * An offer that is no SDP, or none of whose live streams can be taken, is refused as a whole (RFC 3261 §13.3.1.3); one without
 * any live stream is answered alike. Groups are not answered, which refuses BUNDLE (RFC 9143 §7.3). Never throws because of the offer.
 * Deviation: an offer with fewer m-lines than the one before, which RFC 3264 §8 forbids, is answered as it is: old phones send it after a fax.
 */
export function answer(offer: SdpText, capabilities: Capabilities, previous?: SdpText): Answer {
  const read = readSdp(offer, { maxMedia: capabilities.maxMedia ?? MAX_MEDIA })
  if (read.kind === 'malformed') return refusal(malformedReason(read.code))
  const { sdp } = read
  if (hasUnknownLine(sdp)) return refusal(REFUSALS.unknownLine)
  const streams = answerStreams(sdp, capabilities)
  const refused = streams.flatMap((stream, index) => (stream && 'warning' in stream ? [{ ...stream, index }] : []))
  const live = sdp.media.filter(({ port }) => port !== 0).length
  if (live > 0 && refused.length === live) return refusal(refused[0]!)
  const bytes = writeSdp({
    origin: ownOrigin(capabilities),
    connection: ownConnection(capabilities),
    fields: sdp.fields?.filter(({ type }) => type === 't') ?? [],
    media: streams.map((stream, index) => (stream && 'port' in stream ? stream : deadStream(sdp.media[index]!))),
  })
  return { kind: 'answer', sdp: (previous !== undefined && continueSession(previous, bytes)) || bytes, refused }
}

/** The o= line of a first description. RFC 8866 §5.2. */
export function ownOrigin({ address, sessionId, sessionVersion = '1', username = '-' }: Capabilities): Origin {
  if (!DIGITS.test(sessionId) || !DIGITS.test(sessionVersion)) throw new TypeError('A session id and its version are digits')
  if (!/^\S+$/.test(username)) throw new TypeError('The user name of an origin has no spaces')
  return { username, sessionId, sessionVersion, networkType: 'IN', addressType: addressTypeOf(address), address }
}

/** The c= line. RFC 8866 §5.7. */
export function ownConnection({ address }: Capabilities): Connection {
  return { networkType: 'IN', addressType: addressTypeOf(address), address, suffix: '' }
}

/** Each m-line takes the first capability that is still free and fits; one that is tied to a line waits for it. */
function answerStreams(sdp: Sdp, capabilities: Capabilities): StreamAnswer[] {
  const free = new Set(capabilities.media)
  return sdp.media.map((media, index) => {
    let reason: StreamAnswer = media.port === 0 ? undefined : REFUSALS.kind
    for (const capability of free) {
      if (media.port === 0 || capability.kind !== media.kind || !fits(capability, index)) continue
      const stream = answerStream(sdp, index, capability, capabilities)
      if ('port' in stream) {
        free.delete(capability)
        return stream
      }
      reason = stream
    }
    return reason
  })
}

function fits({ line }: MediaCapability, index: number): boolean {
  return line === undefined || line === index
}

/** RFC 8866 §5: a description with a type of line that is not understood must not be used. */
function hasUnknownLine({ fields = [], media }: Sdp): boolean {
  const known = (types: string) => (field: { readonly type: string }) => types.includes(field.type)
  return !fields.every(known('iuepbtrzk')) || !media.every(one => (one.fields ?? []).every(known('ibk')))
}

function malformedReason(code: keyof typeof SDP_ERRORS): StreamRefusal {
  const { warning, clause, means } = SDP_ERRORS[code]
  return { warning, clause, text: means }
}

/** Streams that one answer handles: a call has three at most. */
const MAX_MEDIA = 32
const DIGITS = /^\d{1,20}$/
