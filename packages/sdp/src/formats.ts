/** Says which codec each payload type of an m-line is, with rtpmap or without. RFC 8866 §6.6, §6.15, RFC 3551 §6. */
import type { SdpMedia } from './parse.ts'

/** What is sent: the same codec at another clock rate is another one. RFC 8866 §6.6. */
export interface Codec {
  /** `PCMA`, `opus`, `telephone-event`; case does not matter. */
  readonly name: string
  /** In Hz. */
  readonly clockRate: number
  /** Default 1. */
  readonly channels?: number
  /** What its fmtp line says behind the payload type. RFC 8866 §6.15. */
  readonly fmtp?: string
}

/** A codec under the number that it has in one m-line. */
export interface RtpFormat extends Codec {
  /** 0 to 127. */
  readonly payloadType: number
  /** 1 where the rtpmap line says nothing. RFC 8866 §6.6. */
  readonly channels: number
}

/**
 * The codecs of an RTP m-line in its order of preference. A number that is no payload type, comes twice, or has neither an rtpmap
 * nor a fixed meaning is left out. Linear in the size of the description.
 */
export function formatsOf({ formats, attributes }: Pick<SdpMedia, 'formats' | 'attributes'>): RtpFormat[] {
  const maps = valuesByFormat(attributes, 'rtpmap')
  const parameters = valuesByFormat(attributes, 'fmtp')
  const found: RtpFormat[] = []
  for (const format of new Set(formats)) {
    if (!PAYLOAD_TYPE.test(format)) continue
    const map = maps.get(format)
    const codec = map === undefined ? STATIC_CODECS.get(format) : readCodec(map)
    const fmtp = parameters.get(format)
    if (codec) found.push({ payloadType: Number(format), ...codec, ...(fmtp !== undefined && { fmtp }) })
  }
  return found
}

/** Whether two are the same codec, whatever their numbers and parameters. RFC 8866 §6.6. */
export function sameCodec(a: Codec, b: Codec): boolean {
  return a.clockRate === b.clockRate && (a.channels ?? 1) === (b.channels ?? 1) && a.name.toLowerCase() === b.name.toLowerCase()
}

/** The payload type that RFC 3551 §6 fixed for a codec. */
export function staticPayloadType(codec: Codec): number | undefined {
  for (const [type, known] of STATIC_CODECS) if (sameCodec(known, codec)) return Number(type)
  return undefined
}

/** Whether it goes along with a codec and cannot be a stream of its own. RFC 4733 §2, RFC 3389 §4, RFC 2198 §3. */
export function isAuxiliary({ name }: Codec): boolean {
  return AUXILIARY.has(name.toLowerCase())
}

/** The value of an rtpmap line: `opus/48000/2`. */
export function codecText({ name, clockRate, channels = 1 }: Codec): string {
  return `${name}/${clockRate}${channels === 1 ? '' : `/${channels}`}`
}

/** The first value for each format. */
function valuesByFormat(attributes: SdpMedia['attributes'], name: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const one of attributes) {
    const found = one.name === name && /^(\d{1,3}) +(.+)$/.exec(one.value ?? '')
    if (found && !values.has(found[1]!)) values.set(found[1]!, found[2]!)
  }
  return values
}

type KnownCodec = Pick<RtpFormat, 'name' | 'clockRate' | 'channels'>

function readCodec(text: string): KnownCodec | undefined {
  const found = /^([^\s/]{1,64})\/([1-9]\d{0,8})(?:\/(\d{1,3}))?$/.exec(text)
  return found ? { name: found[1]!, clockRate: Number(found[2]), channels: Number(found[3] ?? 1) } : undefined
}

const PAYLOAD_TYPE = /^(?:\d{1,2}|1[01]\d|12[0-7])$/
const AUXILIARY: ReadonlySet<string> = new Set(['telephone-event', 'tone', 'cn', 'red', 'ulpfec', 'flexfec-03', 'rtx'])

/** RFC 3551 §6, Tables 4 and 5: the numbers that need no rtpmap. */
const STATIC_CODECS: ReadonlyMap<string, KnownCodec> = new Map(
  ['0 PCMU/8000', '3 GSM/8000', '4 G723/8000', '5 DVI4/8000', '6 DVI4/16000', '7 LPC/8000', '8 PCMA/8000', '9 G722/8000']
    .concat(['10 L16/44100/2', '11 L16/44100', '12 QCELP/8000', '13 CN/8000', '14 MPA/90000', '15 G728/8000'])
    .concat(['16 DVI4/11025', '17 DVI4/22050', '18 G729/8000', '25 CelB/90000', '26 JPEG/90000', '28 nv/90000'])
    .concat(['31 H261/90000', '32 MPV/90000', '33 MP2T/90000', '34 H263/90000'])
    .map(row => [row.split(' ')[0]!, readCodec(row.split(' ')[1]!)!]),
)
