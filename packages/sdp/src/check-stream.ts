/** Finds what one stream of an answer may not say. RFC 3264 §6.1, RFC 8866 §5.7, RFC 5761 §5.1.1, RFC 4568 §5.1.3, RFC 5763 §5. */
import { isRtp } from './capabilities.ts'
import type { Violation } from './check-answer.ts'
import { answeredDirection, bothDirections, direction } from './direction.ts'
import { answerFmtp, fmtpParameters } from './fmtp.ts'
import { formatsOf, type RtpFormat, sameCodec } from './formats.ts'
import { cryptoLines, keyingOf } from './keying.ts'
import { attribute, type Sdp, type SdpMedia } from './parse.ts'

type StreamViolation = Omit<Violation, 'index'>
type Check = (pair: Pair) => readonly StreamViolation[]

interface Pair {
  readonly offer: Sdp
  readonly answer: Sdp
  readonly index: number
  readonly offered: SdpMedia
  readonly answered: SdpMedia
}

/** What is wrong with the m-line `index` of `answer`, which has a counterpart in `offer`. */
export function checkStream(offer: Sdp, answer: Sdp, index: number, answered: SdpMedia): StreamViolation[] {
  const pair: Pair = { offer, answer, index, answered, offered: offer.media[index]! }
  const checks = answered.port === 0 ? [checkLine] : [checkLine, checkAddress, checkDirection, checkFormats, checkRtcp, checkKeys]
  return checks.flatMap(check => check(pair))
}

const checkLine: Check = ({ offered, answered }) => [
  ...must(offered.kind !== answered.kind, 'RFC 3264 §6', `The stream is ${answered.kind}, and ${offered.kind} was offered`),
  ...must(offered.port === 0 && answered.port !== 0, 'RFC 3264 §8.2', 'A stream that was offered with port 0 is accepted'),
  ...must(answered.formats.length === 0, 'RFC 8866 §5.14', 'There is no format'),
  ...must(
    answered.port !== 0 && offered.protocol.toUpperCase() !== answered.protocol.toUpperCase(),
    'RFC 3264 §6',
    `The protocol is ${answered.protocol}, and ${offered.protocol} was offered`,
  ),
]

const checkAddress: Check = ({ answered }) => [
  ...must(!answered.connection, 'RFC 8866 §5.7', 'There is no c= line'),
  ...should(
    answered.connection?.address === '0.0.0.0',
    'RFC 3264 §8.4',
    'The address is 0.0.0.0; hold is said by a=sendonly or a=inactive',
  ),
]

const checkDirection: Check = ({ offer, answer, index }) => {
  const [theirs, ours] = [answeredDirection(direction(offer, index)), direction(answer, index)]
  return must(bothDirections(theirs, ours) !== ours, 'RFC 3264 §6.1', `The direction is ${ours}, and at most ${theirs} was offered`)
}

const checkFormats: Check = ({ offered, answered }) => {
  if (!isRtp(answered.protocol)) {
    const common = answered.formats.some(one => offered.formats.includes(one))
    return must(!common, 'RFC 3264 §6.1', 'No format of the offer is among those of the answer')
  }
  const [theirs, ours] = [formatsOf(offered), formatsOf(answered)]
  const known = ours.flatMap(one => pairOf(one, theirs))
  return [
    ...must(known.length === 0, 'RFC 3264 §6.1', 'No format of the offer is among those of the answer'),
    ...answered.formats.flatMap(one =>
      must(
        DYNAMIC.test(one) && !ours.some(({ payloadType }) => `${payloadType}` === one),
        'RFC 8866 §6.6',
        `Payload type ${one} has no rtpmap`,
      ),
    ),
    ...known.flatMap(([one, other]) => [...checkNumber(one, theirs), ...checkAnnex(one, other), ...checkFmtp(one, other)]),
  ]
}

/** The offered format that an answered one stands for: the one of its number if the codec is the same, else the first of its codec. */
function pairOf(one: RtpFormat, offered: readonly RtpFormat[]): [RtpFormat, RtpFormat][] {
  const same = offered.filter(other => sameCodec(one, other))
  const other = same.find(({ payloadType }) => payloadType === one.payloadType) ?? same[0]
  return other ? [[one, other]] : []
}

function checkNumber(one: RtpFormat, offered: readonly RtpFormat[]): readonly StreamViolation[] {
  const kept = offered.some(other => sameCodec(one, other) && other.payloadType === one.payloadType)
  return should(!kept, 'RFC 3264 §6.1', `${one.name} has the number ${one.payloadType}, which is not the one it was offered under`)
}

function checkAnnex(one: RtpFormat, other: RtpFormat): readonly StreamViolation[] {
  const annex = ANNEXES.get(one.name.toLowerCase())
  if (annex === undefined) return []
  const [ours, theirs] = [one, other].map(({ fmtp }) => fmtpParameters(fmtp).get(annex)?.toLowerCase() ?? 'yes')
  return must(theirs === 'no' && ours !== 'no', 'RFC 7261 §3', `${one.name} must say ${annex}=no, as the offer does`)
}

function checkFmtp(one: RtpFormat, other: RtpFormat): readonly StreamViolation[] {
  const unlike = one.fmtp !== undefined && AMR.test(one.name) && !answerFmtp(one.name, other.fmtp, one.fmtp)
  return must(unlike, 'RFC 4867 §8.3.1', `${one.name} is packed otherwise than offered`)
}

const checkRtcp: Check = ({ offered, answered }) => {
  const [theirs, ours] = [attribute(offered, 'rtcp-mux') !== undefined, attribute(answered, 'rtcp-mux') !== undefined]
  const only = attribute(offered, 'rtcp-mux-only') !== undefined
  return [
    ...must(ours && !theirs, 'RFC 5761 §5.1.1', 'a=rtcp-mux was not offered'),
    ...must(only && !ours, 'RFC 8858 §4.3', 'a=rtcp-mux-only was offered, and a=rtcp-mux is not answered'),
  ]
}

const checkKeys: Check = ({ offer, answer, offered, answered }) => {
  const keying = keyingOf(answered.protocol)
  if (keying === 'dtls') return checkDtls(offer, answer, offered, answered)
  const [theirs, ours] = [cryptoLines(offered), cryptoLines(answered)]
  const known = ours.every(one => theirs.some(({ tag, suite }) => tag === one.tag && suite === one.suite))
  return [
    ...must(ours.length > 1, 'RFC 4568 §5.1.2', 'There is more than one a=crypto line'),
    ...must(!known, 'RFC 4568 §5.1.2', 'a=crypto has a tag and suite that were not offered'),
    ...must(keying === 'sdes' && ours.length === 0, 'RFC 4568 §5.1.2', 'There is no a=crypto line'),
  ]
}

function checkDtls(offer: Sdp, answer: Sdp, offered: SdpMedia, answered: SdpMedia): readonly StreamViolation[] {
  const read = (sdp: Sdp, media: SdpMedia, name: string): string | undefined => attribute(media, name) ?? attribute(sdp, name)
  const theirs = read(offer, offered, 'setup') ?? 'active'
  const ours = read(answer, answered, 'setup') ?? 'active'
  const lawful = SETUPS.get(theirs) ?? []
  return [
    ...must(!read(answer, answered, 'fingerprint'), 'RFC 5763 §5', 'There is no a=fingerprint'),
    ...must(!lawful.includes(ours), 'RFC 4145 §4.1', `a=setup is ${ours}, and ${theirs} was offered`),
  ]
}

function must(wrong: boolean, clause: string, text: string): readonly StreamViolation[] {
  return wrong ? [{ level: 'must', clause, text }] : []
}

function should(wrong: boolean, clause: string, text: string): readonly StreamViolation[] {
  return wrong ? [{ level: 'should', clause, text }] : []
}

const ANNEXES: ReadonlyMap<string, string> = new Map([
  ['g729', 'annexb'],
  ['g723', 'annexa'],
])
/** 96 to 127. */
const DYNAMIC = /^(?:9[6-9]|1[01]\d|12[0-7])$/
const AMR = /^AMR(?:-WB)?$/i
/** RFC 4145 §4.1: what may answer each. */
const SETUPS: ReadonlyMap<string, readonly string[]> = new Map([
  ['active', ['passive', 'holdconn']],
  ['passive', ['active', 'holdconn']],
  ['actpass', ['active', 'passive', 'holdconn']],
  ['holdconn', ['holdconn']],
])
