/** Which formats of an m-line go on to its reader: a controller may strip codecs, and except some from that. RFC 3264 §6.1, RFC 3551 §6. */
import type { BDict } from '@strowger/media-control'
import type { SdpAttribute, SdpMedia } from '@strowger/sdp'
import { fieldOf, listOf } from './words.ts'

/** Names in lower case, with the clock rate and channels where the controller said them: `opus/48000/2`. */
export interface CodecRules {
  readonly strip: ReadonlySet<string>
  /** Kept where all are stripped. */
  readonly keep: ReadonlySet<string>
}

export function readCodecRules(command: BDict): CodecRules | undefined {
  if (fieldOf(command, 'codec') === undefined && !listOf(command, 'flags').some(flag => OF_CODECS.test(flag))) return undefined
  const strip = namesOf(command, ['strip', 'mask'])
  const keep = namesOf(command, ['offer', 'except'])
  return strip.size > 0 ? { strip, keep } : undefined
}

/**
 * The formats that stay, in their order; with `single` one codec only. All of them where none would be left; where only telephone-event
 * and the like would be, none with `bare`, as an rtpengine does.
 */
export function keptFormats(
  media: SdpMedia,
  rules: CodecRules | undefined,
  { single, bare }: { readonly single: boolean; readonly bare: boolean },
): readonly string[] {
  if (!rules && !single) return media.formats
  const names = rtpmapsOf(media)
  const kept = rules ? media.formats.filter(format => !isStripped(names.get(format) ?? '', rules)) : media.formats
  const codec = kept.find(format => isCodec(names, format))
  if (codec === undefined) return bare && kept.length > 0 && kept.length < media.formats.length ? [] : media.formats
  return single ? kept.filter(format => format === codec || !isCodec(names, format)) : kept
}

/** What an answer is held to, as text that a session can keep: `8 101=telephone-event/8000`, names where no table has them. */
export function toldFormats(media: SdpMedia, formats: readonly string[]): string {
  const names = rtpmapsOf(media)
  return formats.map(format => (STATIC.has(format) ? format : `${format}=${names.get(format) ?? ''}`)).join(' ')
}

/**
 * Of an answer's formats those that its offer had, as an rtpengine: a number that was not offered goes, and in audio one that stands for
 * another codec (RFC 3264 §6.1, §8.3.2). All of them where no codec would be left. `told` is of `toldFormats`.
 */
export function agreedFormats(media: SdpMedia, formats: readonly string[], told: string): readonly string[] {
  const offered = new Map(told.split(' ').map(one => one.split('=', 2) as [string, string]))
  const names = rtpmapsOf(media)
  const agreed = formats.filter(format => {
    if (!offered.has(format)) return false
    const [before = '', now = ''] = [offered.get(format), names.get(format)]
    return media.kind !== 'audio' || before === '' || now === '' || plainName(before) === plainName(now)
  })
  return agreed.some(format => isCodec(names, format)) ? agreed : formats
}

/** Payload types whose sound can be silence, each with the byte that is silence in it. `told` is of `toldFormats`. RFC 3551 §4.5. */
export function silencesIn(told: string | undefined): readonly number[] {
  if (!told?.includes('=')) return []
  return told.split(' ').flatMap(one => {
    const [format, codec = ''] = one.split('=', 2)
    const byte = SILENCE.get(codec.split('/', 1)[0]!)
    return byte === undefined ? [] : [Number(format), byte]
  })
}

/** One channel is not worth a word (RFC 8866 §6.6). */
function plainName(codec: string): string {
  return codec.endsWith('/1') ? codec.slice(0, -2) : codec
}

function isCodec(names: ReadonlyMap<string, string>, format: string): boolean {
  return !BESIDES.has(names.get(format)?.split('/', 1)[0] ?? '')
}

/** `a=rtpmap` lines of static formats that have none: a reader may not know them by heart. */
export function missingRtpmaps(media: SdpMedia, formats: readonly string[]): string[] {
  const missing: string[] = []
  for (const format of formats) {
    const codec = STATIC.get(format)
    const isNamed = ({ name, value }: SdpAttribute): boolean =>
      name === 'rtpmap' && value !== undefined && value.split(' ', 1)[0] === format
    if (codec !== undefined && !media.attributes.some(isNamed)) missing.push(`a=rtpmap:${format} ${codec}`)
  }
  return missing
}

function isStripped(codec: string, { strip, keep }: CodecRules): boolean {
  const [name = ''] = codec.split('/', 1)
  const named = (set: ReadonlySet<string>): boolean => set.has(name) || set.has(codec)
  return named(strip) || ((strip.has('all') || strip.has('full')) && !named(keep))
}

function rtpmapsOf(media: SdpMedia): Map<string, string> {
  const names = new Map<string, string>(media.formats.map(format => [format, (STATIC.get(format) ?? '').toLowerCase()]))
  for (const { name, value } of media.attributes) {
    const [format, codec] = name === 'rtpmap' ? (value ?? '').split(' ', 2) : []
    if (format !== undefined && codec !== undefined) names.set(format, codec.toLowerCase())
  }
  return names
}

/** From flags (`codec-strip-PCMA`) and from the dictionary `codec` (`{ strip: ['PCMA'] }`). */
function namesOf(command: BDict, kinds: readonly string[]): Set<string> {
  const dict = fieldOf(command, 'codec')
  const flags = listOf(command, 'flags').map(flag => flag.toLowerCase())
  return new Set(kinds.flatMap(kind => [...flagged(flags, `codec-${kind}-`), ...listed(dict, kind)]))
}

function flagged(flags: readonly string[], prefix: string): string[] {
  return flags.filter(flag => flag.startsWith(prefix)).map(flag => flag.slice(prefix.length))
}

function listed(dict: unknown, kind: string): string[] {
  if (typeof dict !== 'object' || dict === null || Array.isArray(dict)) return []
  return listOf(dict as BDict, kind).map(name => name.toLowerCase())
}

const OF_CODECS = /^codec-/i
const SILENCE: ReadonlyMap<string, number> = new Map([
  ['pcmu', 0xff],
  ['pcma', 0xd5],
  ['g722', 0xfa],
  ['l16', 0],
])
/** What goes beside a codec. RFC 4733, RFC 3389. */
const BESIDES: ReadonlySet<string> = new Set(['telephone-event', 'cn', 'red'])
/** RFC 3551 §6, as they are written in a=rtpmap. */
const STATIC: ReadonlyMap<string, string> = new Map(
  Object.entries({
    0: 'PCMU/8000',
    3: 'GSM/8000',
    4: 'G723/8000',
    5: 'DVI4/8000',
    6: 'DVI4/16000',
    7: 'LPC/8000',
    8: 'PCMA/8000',
    9: 'G722/8000',
    10: 'L16/44100/2',
    11: 'L16/44100',
    12: 'QCELP/8000',
    13: 'CN/8000',
    14: 'MPA/90000',
    15: 'G728/8000',
    16: 'DVI4/11025',
    17: 'DVI4/22050',
    18: 'G729/8000',
    25: 'CelB/90000',
    26: 'JPEG/90000',
    28: 'nv/90000',
    31: 'H261/90000',
    32: 'MPV/90000',
    33: 'MP2T/90000',
    34: 'H263/90000',
  }),
)
