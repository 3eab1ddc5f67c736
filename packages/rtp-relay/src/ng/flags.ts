/** The words of NG that mean something here: what is not among them is ignored and counted, what would change the media is refused. */
import type { BDict } from '@strowger/media-control'
import { refuse } from './refusal.ts'
import { wordOf, wordsOf } from './words.ts'

/** How many words of a command nobody here knows. @throws refusal for those that ask for media we cannot make. */
export function checkFlags(command: BDict): number {
  let unknown = 0
  for (const field of Object.keys(command)) if (!isField(field)) unknown += 1
  for (const [field, known] of LISTS) {
    for (const word of wordsOf(command, field)) {
      if (isRefused(field, word)) throw refuse(`${field}: ${word} is not there yet: it would change the media`)
      if (!known.has(word) && !isPrefixed(word)) unknown += 1
    }
  }
  return unknown
}

function isField(field: string): boolean {
  if (FIELDS.has(field)) return true
  const name = wordOf(field)
  if (REFUSED_FIELDS.has(name)) throw refuse(`${name} is not there yet`)
  return FIELDS.has(name)
}

function isRefused(field: string, word: string): boolean {
  return REFUSED.has(word) || (field === 'flags' && REFUSED_PREFIX.test(word))
}

function isPrefixed(word: string): boolean {
  return PREFIXED.test(word)
}

/** `codec-strip-PCMA` and the like carry a name. */
const PREFIXED = /^(?:codec-(?:strip|offer|mask|except|accept|ignore)|sdes)-/
const REFUSED_PREFIX = /^(?:codec-(?:transcode|consume|set)|transcode|t\.?38)-/
const REFUSED: ReadonlySet<string> = new Set([
  'always-transcode',
  'inject-dtmf',
  'pad-crypto',
  'record-call',
  'osrtp-accept',
  'osrtp-offer',
  'mirror-rtcp',
])
const REFUSED_FIELDS: ReadonlySet<string> = new Set(['drop-traffic', 'volume-of-mixing'])

const FIELDS: ReadonlySet<string> = new Set([
  ...['command', 'call-id', 'from-tag', 'to-tag', 'via-branch', 'sdp', 'replace', 'ice', 'flags', 'received-from', 'media-address'],
  ...['direction', 'transport-protocol', 'rtcp-mux', 'address-family', 'delete-delay', 'limit', 'codec', 'ptime', 'ptime-reverse'],
  ...['tos', 'metadata', 'label', 'set-label', 'from-label', 'to-label', 'sdes', 'dtls', 'record-call', 'supports', 'xmlrpc-callback'],
  ...['dtls-reverse', 'address', 'digit', 'code', 'all', 'interface', 'template', 'dtls-fingerprint', 'rtcp-mux-reverse', 't38', 't.38'],
])

const LISTS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    flags: new Set([
      ...['trust-address', 'sip-source-address', 'symmetric', 'asymmetric', 'unidirectional', 'strict-source', 'media-handover'],
      ...['port-latching', 'no-port-latching', 'no-rtcp-attribute', 'full-rtcp-attribute', 'loop-protect', 'original-sendrecv'],
      ...['generate-rtcp', 'no-redis-update', 'debug', 'strip-extmap', 'reset', 'fragment', 'all', 'single-codec', 'asymmetric-codecs'],
      ...['symmetric-codecs', 'reorder-codecs', 'allow-asymmetric-codecs', 'to', 'from', 'egress', 'early-media', 'trickle-ice', 'fatal'],
      ...['no-codec-renegotiation', 'reuse-codecs', 'bidirectional', 'force', 'weak'],
    ]),
    replace: new Set([
      'origin',
      'session-connection',
      'sdp-version',
      'username',
      'session-name',
      'sess-id',
      'zero-address',
      'force-increment-sdp-ver',
    ]),
    'rtcp-mux': new Set(['offer', 'require', 'demux', 'accept', 'reject']),
  }),
)
