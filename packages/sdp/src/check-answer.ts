/** Finds everything in an answer that the offer does not allow. RFC 3264 §6, RFC 5761 §5.1.1, RFC 4568 §5.1.3, RFC 5763 §5, RFC 9143 §7.3. */

import type { SdpText } from './bytes.ts'
import { checkStream } from './check-stream.ts'
import { SDP_ERRORS } from './errors.ts'
import { readSdp, type Sdp } from './parse.ts'

/** One rule that was broken. */
export interface Violation {
  /** Of the m-line it is about, counted from 0; missing where it is about the whole. */
  readonly index?: number
  /** Whether the clause says MUST or SHOULD. */
  readonly level: 'must' | 'should'
  /** The rule that is broken, `RFC 3264 §6`. */
  readonly clause: string
  /** What is wrong, one sentence. */
  readonly text: string
}

/**
 * All violations of `answer`, in the order of the m-lines; none where it is a lawful answer to `offer`. An offer that is no SDP is the
 * caller's mistake and throws a TypeError; whatever the answer is, nothing throws.
 */
export function checkAnswer(offer: SdpText, answer: SdpText): Violation[] {
  const offered = readSdp(offer)
  const answered = readSdp(answer)
  if (offered.kind === 'malformed') throw new TypeError(`The offer is no SDP: ${SDP_ERRORS[offered.code].means}, line ${offered.line}`)
  if (answered.kind === 'malformed') {
    const { clause, means } = SDP_ERRORS[answered.code]
    return [{ level: 'must', clause, text: `${means}, line ${answered.line}` }]
  }
  const found = checkSession(offered.sdp, answered.sdp)
  for (const [index, media] of answered.sdp.media.entries()) {
    if (!offered.sdp.media[index]) break
    for (const one of checkStream(offered.sdp, answered.sdp, index, media)) found.push({ index, ...one })
  }
  return found
}

function checkSession(offer: Sdp, answer: Sdp): Violation[] {
  const found: Violation[] = []
  const must = (clause: string, text: string): unknown => found.push({ level: 'must', clause, text })
  if (!answer.origin) must('RFC 8866 §5.2', 'There is no o= line')
  const [theirs, ours] = [offer.media.length, answer.media.length]
  if (theirs !== ours) must('RFC 3264 §6', `There are ${ours} m-lines, and ${theirs} were offered`)
  if (timesOf(offer) !== timesOf(answer)) must('RFC 3264 §6', 'The t= line is not the one of the offer')
  const bundle = groupOf(answer)
  const offered = groupOf(offer)
  if (bundle && !offered) must('RFC 9143 §7.3', 'A BUNDLE group was not offered')
  else if (bundle?.some(mid => !offered?.includes(mid))) must('RFC 9143 §7.3', 'The BUNDLE group names a stream that was not offered in it')
  return found
}

/** The identifiers in the first BUNDLE group. RFC 9143 §6. */
function groupOf({ attributes }: Sdp): readonly string[] | undefined {
  const group = attributes.find(({ name, value }) => name === 'group' && /^BUNDLE(?: |$)/.test(value ?? ''))
  return group?.value?.split(/ +/).slice(1)
}

function timesOf({ fields = [] }: Sdp): string {
  const times = fields.filter(({ type }) => type === 't').map(({ value }) => value)
  return times.length > 0 ? times.join('\n') : '0 0'
}
