/** Finds what a later description of one side may not change against its earlier one. RFC 3264 §8. */
import type { SdpText } from './bytes.ts'
import { latin1 } from './bytes.ts'
import type { Violation } from './check-answer.ts'
import { SDP_ERRORS } from './errors.ts'
import type { Origin } from './fields.ts'
import { formatsOf, sameCodec } from './formats.ts'
import { readSdp, type Sdp, type SdpMedia } from './parse.ts'

/**
 * All violations of `next`, the description that a side sends after `previous`, its last one in the same session. A `previous` that is no
 * SDP is the caller's mistake and throws a TypeError.
 */
export function checkNext(previous: SdpText, next: SdpText): Violation[] {
  const before = readSdp(previous)
  const after = readSdp(next)
  if (before.kind === 'malformed') throw new TypeError(`The earlier description is no SDP: ${SDP_ERRORS[before.code].means}`)
  if (after.kind === 'malformed') {
    const { clause, means } = SDP_ERRORS[after.code]
    return [{ level: 'must', clause, text: `${means}, line ${after.line}` }]
  }
  const changed = textOf(previous) !== textOf(next)
  return [...checkOrigin(before.sdp.origin, after.sdp.origin, changed), ...checkLines(before.sdp, after.sdp)]
}

function checkOrigin(before: Origin | undefined, after: Origin | undefined, changed: boolean): Violation[] {
  const must = (clause: string, text: string): Violation[] => [{ level: 'must', clause, text }]
  if (!after) return must('RFC 8866 §5.2', 'There is no o= line')
  if (!before) return []
  if (before.username !== after.username || before.sessionId !== after.sessionId || before.address !== after.address)
    return must('RFC 3264 §8', 'The o= line differs in more than its version')
  const [was, is] = [before.sessionVersion, after.sessionVersion]
  if (!DIGITS.test(was) || !DIGITS.test(is)) return must('RFC 8866 §5.2', 'The version is not a number')
  const step = BigInt(is) - BigInt(was)
  if (step === 0n) return changed ? must('RFC 3264 §8', 'The description changed, and its version did not') : []
  return step === 1n ? [] : must('RFC 3264 §8', `The version went from ${was} to ${is}, not up by one`)
}

function checkLines(before: Sdp, after: Sdp): Violation[] {
  const found: Violation[] = []
  const [was, is] = [before.media.length, after.media.length]
  if (is < was) found.push({ level: 'must', clause: 'RFC 3264 §8', text: `There are ${is} m-lines, and there were ${was}` })
  for (const [index, media] of after.media.entries()) {
    const old = before.media[index]
    if (old) for (const one of checkLine(old, media)) found.push({ index, ...one })
  }
  return found
}

function checkLine(before: SdpMedia, after: SdpMedia): Omit<Violation, 'index'>[] {
  if (before.port === 0) return []
  if (before.kind !== after.kind)
    return [{ level: 'must', clause: 'RFC 3264 §8.3', text: `A live ${before.kind} stream became ${after.kind}` }]
  const known = new Map(formatsOf(before).map(one => [one.payloadType, one]))
  const moved = formatsOf(after).filter(one => known.has(one.payloadType) && !sameCodec(known.get(one.payloadType)!, one))
  return moved.map(({ payloadType, name }) => ({
    level: 'must',
    clause: 'RFC 3264 §8.3.2',
    text: `Payload type ${payloadType} became ${name}`,
  }))
}

function textOf(sdp: SdpText): string {
  return typeof sdp === 'string' ? sdp : latin1(sdp)
}

const DIGITS = /^\d{1,20}$/
