/** Offers and answers the keys of SRTP: a=crypto carried as data, a=fingerprint with a=setup. RFC 4568 §5.1, RFC 5763 §5, RFC 8643 §3. */
import type { MediaCapability } from './capabilities.ts'
import { attribute, type Sdp, type SdpAttribute, type SdpMedia } from './parse.ts'
import { REFUSALS, type StreamRefusal } from './refusal.ts'

/** One a=crypto line. RFC 4568 §4. */
export interface CryptoLine {
  /** A number as text, which the answer repeats. */
  readonly tag: string
  /** `AES_CM_128_HMAC_SHA1_80`, ... as written, and compared as written. RFC 4568 §6.2. */
  readonly suite: string
  /** `inline:...`, and session parameters. Never log it. */
  readonly keys: string
}

/** The a=crypto lines of a stream that can be read. Those that switch encryption or authentication off are left out. RFC 4568 §6.3. */
export function cryptoLines({ attributes }: Pick<SdpMedia, 'attributes'>): CryptoLine[] {
  return attributes.flatMap(({ name, value = '' }) => {
    const found = name === 'crypto' && /^(\d{1,9}) +(\S+) +(\S.*)$/.exec(value)
    return found && !WEAKENED.test(found[3]!) ? [{ tag: found[1]!, suite: found[2]!, keys: found[3]! }] : []
  })
}

/** How keys are exchanged for a protocol: by DTLS, by a=crypto, or not at all. */
export function keyingOf(protocol: string): 'dtls' | 'sdes' | 'none' {
  return /(?:^|\/)D?TLS\//i.test(protocol) ? 'dtls' : /(?:^|\/)SAVPF?$/i.test(protocol) ? 'sdes' : 'none'
}

/** What an offer says of keys. */
export function offeredKeys({ crypto: own = [], fingerprint }: MediaCapability, protocol: string): SdpAttribute[] {
  if (keyingOf(protocol) === 'dtls') {
    return [
      { name: 'fingerprint', value: fingerprint ?? '' },
      { name: 'setup', value: 'actpass' },
    ]
  }
  return own.map(({ suite, keys }, at) => ({ name: 'crypto', value: `${at + 1} ${suite} ${keys}` }))
}

/** What an answer says of keys, or why there can be none. Keys with RTP/AVP are taken where both have them, and not missed (RFC 8643 §3). */
export function answeredKeys(sdp: Sdp, media: SdpMedia, capability: MediaCapability): readonly SdpAttribute[] | StreamRefusal {
  const keying = keyingOf(media.protocol)
  if (keying === 'dtls') return answeredFingerprint(sdp, media, capability)
  const { crypto: ours = [] } = capability
  for (const { tag, suite } of cryptoLines(media)) {
    const own = ours.find(one => one.suite === suite)
    if (own) return [{ name: 'crypto', value: `${tag} ${suite} ${own.keys}` }]
  }
  return keying === 'none' ? [] : REFUSALS.crypto
}

function answeredFingerprint(sdp: Sdp, media: SdpMedia, { fingerprint }: MediaCapability): readonly SdpAttribute[] | StreamRefusal {
  const theirs = attribute(media, 'fingerprint') ?? attribute(sdp, 'fingerprint')
  const setup = SETUPS.get(attribute(media, 'setup') ?? attribute(sdp, 'setup') ?? 'active')
  if (!theirs || !fingerprint || !setup) return REFUSALS.fingerprint
  return [
    { name: 'fingerprint', value: fingerprint },
    { name: 'setup', value: setup },
  ]
}

/** Offered, answered; `holdconn` opens nothing. RFC 4145 §4.1, RFC 5763 §5. */
const SETUPS: ReadonlyMap<string, string> = new Map([
  ['actpass', 'active'],
  ['passive', 'active'],
  ['active', 'passive'],
])
const WEAKENED = /(?:^| )UN(?:ENCRYPTED|AUTHENTICATED)_/
