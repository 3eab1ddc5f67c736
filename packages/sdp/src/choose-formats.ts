/** Chooses the codecs of an answer, and the numbers of an offer. RFC 3264 §5.1, §6.1, §8.3.2, RFC 5761 §4. */
import type { MediaCapability, OwnCodec } from './capabilities.ts'
import { answerFmtp } from './fmtp.ts'
import { isAuxiliary, type RtpFormat, sameCodec, staticPayloadType } from './formats.ts'

/**
 * What both sides speak, with the offer's numbers, in the order that `capability` asks for. Events and comfort noise stay only beside a codec of
 * their clock rate (RFC 4733 §2.1, RFC 3389 §4). Empty where there is no codec in common.
 */
export function answeredFormats(offered: readonly RtpFormat[], capability: MediaCapability): RtpFormat[] {
  const { codecs = [], take, order } = capability
  const common = order === 'ours' ? codecs.flatMap(own => offered.map(one => meet(one, own))) : offered.map(one => best(one, codecs))
  const found = [...new Map(common.flatMap(one => (one ? [[one.payloadType, one] as const] : []))).values()]
  const speech = found.filter(one => !isAuxiliary(one))
  const taken = take === 'one' ? speech.slice(0, 1) : speech
  return found.filter(one => (isAuxiliary(one) ? taken.some(({ clockRate }) => clockRate === one.clockRate) : taken.includes(one)))
}

/**
 * `codecs` with numbers. One that `before` had keeps its number, and no number of `before` gets another meaning (RFC 3264 §8.3.2);
 * what finds no number is left out.
 */
export function offeredFormats(codecs: readonly OwnCodec[], before: readonly RtpFormat[]): RtpFormat[] {
  const used = new Set<number>()
  const known = new Set(before.map(({ payloadType }) => payloadType))
  const found: RtpFormat[] = []
  for (const { payloadType: wanted, ...codec } of codecs) {
    const kept = before.find(one => sameCodec(one, codec) && !used.has(one.payloadType))?.payloadType
    const free = (type: number | undefined): type is number => type !== undefined && !known.has(type) && !used.has(type)
    const payloadType = kept ?? [wanted, staticPayloadType(codec), ...DYNAMIC].find(free)
    if (payloadType === undefined) continue
    used.add(payloadType)
    found.push({ ...codec, channels: codec.channels ?? 1, payloadType })
  }
  return found
}

function best(offered: RtpFormat, codecs: readonly OwnCodec[]): RtpFormat | undefined {
  for (const own of codecs) {
    const met = meet(offered, own)
    if (met) return met
  }
  return undefined
}

function meet({ fmtp: _, ...offered }: RtpFormat, own: OwnCodec): RtpFormat | undefined {
  if (!sameCodec(offered, own)) return undefined
  const answered = answerFmtp(own.name, _, own.fmtp)
  return answered && { ...offered, ...answered }
}

/** 96 to 127 first, then what RTCP on the same port leaves free (RFC 5761 §4). */
const DYNAMIC: readonly number[] = [...range(96, 127), ...range(35, 63)]

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}
