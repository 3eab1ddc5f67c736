/** The commands that both relays get: each case is one call, its steps in order. RFC 3264 §5 to §8. */
import { BODIES, type Body, PHONES } from './bodies.ts'

/** What goes with a command; `sdp` is made when the case runs. */
export type Fields = Readonly<Record<string, string | number | readonly string[]>>

export interface Step {
  readonly command: 'offer' | 'answer' | 'delete' | 'query'
  readonly fields: Fields
}

export interface Case {
  readonly name: string
  readonly steps: readonly Step[]
}

/** Of the bodies with every rule; of the shapes of calls with a few. */
export function allCases(): Case[] {
  const cases: Case[] = []
  for (const body of Object.keys(BODIES)) {
    cases.push(named(`call: ${body}`, call(body, DEFAULT)))
    cases.push(named(`untouched: ${body}`, call(body, {})))
    cases.push(named(`again: ${body}`, [...call(body, DEFAULT), ...again('A', 'B', body, DEFAULT), ...again('B', 'A', body, DEFAULT)]))
  }
  for (const [rule, fields] of Object.entries(RULES)) {
    for (const body of RULED) cases.push(named(`${rule}: ${body}`, call(body, { ...DEFAULT, ...fields })))
  }
  for (const [rule, [near, far]] of Object.entries(WAYS)) {
    for (const body of BRIDGED) {
      const back = { ...DEFAULT, ...far }
      const steps = [offer('A', body, { ...DEFAULT, ...near }), answer('A', 'B', WAY_BACK[rule]?.[body] ?? body, back)]
      cases.push(named(`${rule}: ${body}`, [...steps, ...again('A', 'B', body, { ...DEFAULT, ...near })]))
    }
  }
  for (const [name, steps] of Object.entries(SHAPES)) cases.push(named(name, steps))
  return cases
}

function named(name: string, steps: readonly Step[]): Case {
  return { name, steps }
}

function textOf(who: string, body: string): string {
  return (BODIES[body] as Body)(PHONES[who]!)
}

function offer(from: string, body: string, fields: Fields, to?: string): Step {
  return {
    command: 'offer',
    fields: { 'from-tag': from, ...(to === undefined ? {} : { 'to-tag': to }), sdp: textOf(from, body), ...fields },
  }
}

function answer(from: string, to: string, body: string, fields: Fields): Step {
  return { command: 'answer', fields: { 'from-tag': from, 'to-tag': to, sdp: textOf(to, body), ...fields } }
}

function call(body: string, fields: Fields): Step[] {
  return [offer('A', body, fields), answer('A', 'B', body, fields)]
}

function again(from: string, to: string, body: string, fields: Fields, reply: string = body): Step[] {
  return [offer(from, body, fields, to), answer(from, to, reply, fields)]
}

/** As proxies send them. */
const DEFAULT: Fields = { replace: ['origin', 'session-connection'], ICE: 'remove', flags: ['trust-address'] }

const RULES: Readonly<Record<string, Fields>> = {
  'replace nothing': { replace: [] },
  'replace origin': { replace: ['origin'] },
  'replace session-connection': { replace: ['session-connection'] },
  'replace as flags': { replace: [], flags: ['replace-origin', 'replace-session-connection', 'trust-address'] },
  'SIP-source-address': { flags: ['SIP-source-address'], 'received-from': ['IP4', '203.0.113.77'] },
  'trust-address and received-from': { 'received-from': ['IP4', '203.0.113.77'] },
  'media-address': { 'media-address': '203.0.113.88' },
  asymmetric: { flags: ['trust-address', 'asymmetric'] },
  symmetric: { flags: ['trust-address', 'symmetric'] },
  'strict-source': { flags: ['trust-address', 'strict-source'] },
  'media-handover': { flags: ['trust-address', 'media-handover'] },
  'port-latching': { flags: ['trust-address', 'port-latching'] },
  'rtcp-mux offer': { 'rtcp-mux': ['offer'] },
  'rtcp-mux require': { 'rtcp-mux': ['require'] },
  'rtcp-mux demux': { 'rtcp-mux': ['demux'] },
  'rtcp-mux accept': { 'rtcp-mux': ['accept'] },
  'rtcp-mux reject': { 'rtcp-mux': ['reject'] },
  'rtcp-mux offer and accept': { 'rtcp-mux': ['offer', 'accept'] },
  'no-rtcp-attribute': { flags: ['trust-address', 'no-rtcp-attribute'] },
  'full-rtcp-attribute': { flags: ['trust-address', 'full-rtcp-attribute'] },
  'generate-RTCP': { flags: ['trust-address', 'generate-RTCP'] },
  'loop-protect': { flags: ['trust-address', 'loop-protect'] },
  'original-sendrecv': { flags: ['trust-address', 'original-sendrecv'] },
  'replace-username': { replace: ['origin', 'session-connection', 'username'] },
  'replace-session-name': { replace: ['origin', 'session-connection', 'session-name'] },
  'replace-sess-id': { replace: ['origin', 'session-connection', 'sess-id'] },
  'replace-sdp-version': { replace: ['origin', 'session-connection', 'sdp-version'] },
  'replace all of o=': { replace: ['origin', 'session-connection', 'sdp-version', 'username', 'session-name', 'sess-id'] },
  'replace-zero-address': { replace: ['origin', 'session-connection', 'zero-address'] },
  'transport RTP/AVP': { 'transport-protocol': 'RTP/AVP' },
  'transport RTP/AVPF': { 'transport-protocol': 'RTP/AVPF' },
  'codec-strip': { codec: [], flags: ['trust-address', 'codec-strip-PCMA'] },
  'codec strip telephone-event': { flags: ['trust-address', 'codec-strip-telephone-event'] },
  'codec strip both': { flags: ['trust-address', 'codec-strip-PCMA', 'codec-strip-PCMU'] },
  'codec mask all there is': { flags: ['trust-address', 'codec-mask-PCMA'] },
  'codec strip all': { flags: ['trust-address', 'codec-strip-all'] },
  'codec strip all but one': { flags: ['trust-address', 'codec-strip-all', 'codec-offer-PCMU'] },
  'codec mask': { flags: ['trust-address', 'codec-mask-PCMU'] },
  'codec accept': { flags: ['trust-address', 'codec-accept-PCMU'] },
  'codec strip with its rate': { flags: ['trust-address', 'codec-strip-opus/48000/2'] },
  'codec except': { flags: ['trust-address', 'codec-strip-all', 'codec-except-PCMA'] },
  'codec offer order': { flags: ['trust-address', 'codec-offer-PCMA', 'codec-offer-opus'] },
  'always-transcode refused by nobody': { flags: ['trust-address', 'single-codec'] },
  ptime: { ptime: 30 },
  'ptime reverse': { 'ptime-reverse': 30 },
  metadata: { metadata: 'x=1' },
  label: { label: 'caller' },
  'set-label': { 'set-label': 'caller' },
  TOS: { TOS: 184 },
  'delete-delay': { 'delete-delay': 5 },
  'record off': { 'record-call': 'off' },
  'ICE default': { ICE: 'default' },
  'unknown flag': { flags: ['trust-address', 'no-such-flag'], 'no-such-field': 'x' },
  SDES: { SDES: ['off'] },
  DTLS: { DTLS: 'off' },
}

const RULED = [
  'plain',
  'codecs of today',
  'audio and video',
  'rtcp attribute',
  'rtcp-mux',
  'rtcp-mux of one line',
  'hold by address',
  'audio and refused video',
  'IPv6',
]

const WAYS: Readonly<Record<string, readonly [Fields, Fields]>> = {
  'inside to outside': [{ direction: ['inside', 'outside'] }, { direction: ['outside', 'inside'] }],
  'outside to inside': [{ direction: ['outside', 'inside'] }, { direction: ['inside', 'outside'] }],
  'to IPv6': [{ 'address-family': 'IP6' }, { 'address-family': 'IP4' }],
  'to IPv4': [{ 'address-family': 'IP4' }, { 'address-family': 'IP6' }],
  'out to IPv6': [{ direction: ['inside', 'outside'], 'address-family': 'IP6' }, { direction: ['outside', 'inside'] }],
  'unknown interface': [{ direction: ['nowhere', 'elsewhere'] }, {}],
}
const BRIDGED = ['plain', 'IPv6', 'audio and video', 'address of the m-line', 'rtcp attribute with address', 'hold by address', 'rtcp-mux']
const WAY_BACK: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'to IPv6': { plain: 'IPv6', 'audio and video': 'IPv6 with two lines' },
  'to IPv4': { IPv6: 'plain' },
  'out to IPv6': { plain: 'IPv6' },
}

const one = { ...DEFAULT, 'via-branch': 'one' }
const two = { ...DEFAULT, 'via-branch': 'two' }
const first = call('plain', DEFAULT)
const KEPT_ORIGIN = { ...DEFAULT, replace: ['origin', 'session-connection', 'username', 'session-name', 'sess-id', 'sdp-version'] }
const VERSION = { ...DEFAULT, replace: ['origin', 'session-connection', 'sdp-version'] }
const del = (fields: Fields): Step => ({ command: 'delete', fields: { 'delete-delay': 0, ...fields } })

const SHAPES: Readonly<Record<string, readonly Step[]>> = {
  'the same offer again': [offer('A', 'plain', DEFAULT), offer('A', 'plain', DEFAULT), answer('A', 'B', 'plain', DEFAULT)],
  'the same answer again': [...first, answer('A', 'B', 'plain', DEFAULT)],
  'the offer again after the answer': [...first, offer('A', 'plain', DEFAULT)],
  'early answer, then another': [
    offer('A', 'plain', DEFAULT),
    answer('A', 'B', 'plain', DEFAULT),
    answer('A', 'B', 'rtcp attribute', DEFAULT),
  ],
  'hold and resume by A': [
    ...first,
    ...again('A', 'B', 'hold sendonly', DEFAULT, 'hold recvonly'),
    ...again('A', 'B', 'sendrecv', DEFAULT),
  ],
  'hold and resume by B': [...first, ...again('B', 'A', 'hold sendonly', DEFAULT, 'hold recvonly'), ...again('B', 'A', 'plain', DEFAULT)],
  'hold by address and resume': [...first, ...again('A', 'B', 'hold by address', DEFAULT), ...again('A', 'B', 'plain', DEFAULT)],
  'both hold': [
    ...first,
    ...again('A', 'B', 'hold sendonly', DEFAULT, 'hold recvonly'),
    ...again('B', 'A', 'hold inactive', DEFAULT),
    ...again('A', 'B', 'sendrecv', DEFAULT),
  ],
  'video is added and refused': [...first, ...again('A', 'B', 'audio and video', DEFAULT, 'audio and refused video')],
  'video is added and taken': [...first, ...again('A', 'B', 'audio and video', DEFAULT)],
  'video is taken away': [...call('audio and video', DEFAULT), ...again('A', 'B', 'audio and refused video', DEFAULT)],
  'video goes and comes back': [
    ...call('audio and video', DEFAULT),
    ...again('A', 'B', 'audio and refused video', DEFAULT),
    ...again('A', 'B', 'audio and video', DEFAULT),
  ],
  'an offered line is refused': [offer('A', 'audio and video', DEFAULT), answer('A', 'B', 'audio and refused video', DEFAULT)],
  'the audio is refused': [offer('A', 'audio and video', DEFAULT), answer('A', 'B', 'refused audio and video', DEFAULT)],
  'fewer lines in the answer': [offer('A', 'audio and video', DEFAULT), answer('A', 'B', 'plain', DEFAULT)],
  'audio becomes fax': [...first, ...again('B', 'A', 'fax', DEFAULT)],
  'audio becomes fax in a line more': [...first, ...again('B', 'A', 'audio refused for fax', DEFAULT)],
  'fax is refused and audio stays': [
    ...first,
    offer('B', 'fax', DEFAULT, 'A'),
    answer('B', 'A', 'nothing but refused', DEFAULT),
    ...again('A', 'B', 'plain', DEFAULT),
  ],
  'fax is refused as it was offered': [
    ...first,
    offer('B', 'fax', DEFAULT, 'A'),
    answer('B', 'A', 'refused fax', DEFAULT),
    ...again('A', 'B', 'plain', DEFAULT),
    ...again('B', 'A', 'plain', DEFAULT),
  ],
  'fax is refused as audio, and its offerer goes on': [
    ...first,
    offer('B', 'fax', DEFAULT, 'A'),
    answer('B', 'A', 'nothing but refused', DEFAULT),
    ...again('B', 'A', 'plain', DEFAULT),
    ...again('A', 'B', 'plain', DEFAULT),
  ],
  'fax is not answered': [...first, offer('B', 'fax', DEFAULT, 'A'), ...again('B', 'A', 'plain', DEFAULT)],
  'fax and back': [...first, ...again('B', 'A', 'fax', DEFAULT), ...again('A', 'B', 'plain', DEFAULT)],
  'feedback is answered without': [
    offer('A', 'feedback profile', DEFAULT),
    answer('A', 'B', 'one codec', DEFAULT),
    ...again('A', 'B', 'feedback profile', DEFAULT, 'one codec'),
    ...again('A', 'B', 'plain', DEFAULT),
  ],
  'feedback is answered unasked': [
    offer('A', 'plain', DEFAULT),
    answer('A', 'B', 'feedback profile', DEFAULT),
    ...again('A', 'B', 'plain', DEFAULT),
    ...again('B', 'A', 'plain', DEFAULT),
  ],
  'codecs become fewer in the answer': [offer('A', 'codecs of today', DEFAULT), answer('A', 'B', 'plain', DEFAULT)],
  'codecs become more in the answer': [offer('A', 'one codec', DEFAULT), answer('A', 'B', 'plain', DEFAULT)],
  'video codecs become more in the answer': [offer('A', 'audio and video', DEFAULT), answer('A', 'B', 'audio and video of two', DEFAULT)],
  'codecs become more in the answer to a re-offer': [...first, offer('B', 'one codec', DEFAULT, 'A'), answer('B', 'A', 'plain', DEFAULT)],
  'a number changes in the answer': [offer('A', 'plain', DEFAULT), answer('A', 'B', 'events at 96', DEFAULT)],
  'a number is another codec in the answer': [offer('A', 'opus beside', DEFAULT), answer('A', 'B', 'speex beside', DEFAULT)],
  'a number is an unknown codec in the answer': [offer('A', 'opus beside', DEFAULT), answer('A', 'B', 'unknown codec beside', DEFAULT)],
  'only events in common': [offer('A', 'plain', DEFAULT), answer('A', 'B', 'the other law', DEFAULT)],
  'no codec in common': [offer('A', 'one codec', DEFAULT), answer('A', 'B', 'the other law', DEFAULT)],
  'codecs change': [...first, ...again('A', 'B', 'codecs of today', DEFAULT, 'plain')],
  'mux offered, not answered': [offer('A', 'rtcp-mux', DEFAULT), answer('A', 'B', 'plain', DEFAULT)],
  'mux not offered, answered': [offer('A', 'plain', DEFAULT), answer('A', 'B', 'rtcp-mux', DEFAULT)],
  'mux offered to B, taken': [offer('A', 'plain', { ...DEFAULT, 'rtcp-mux': ['offer'] }), answer('A', 'B', 'rtcp-mux', DEFAULT)],
  'mux offered to B, not taken': [offer('A', 'plain', { ...DEFAULT, 'rtcp-mux': ['offer'] }), answer('A', 'B', 'plain', DEFAULT)],
  'mux demuxed': [offer('A', 'rtcp-mux', { ...DEFAULT, 'rtcp-mux': ['demux'] }), answer('A', 'B', 'plain', DEFAULT)],
  'mux demuxed, then again': [
    offer('A', 'rtcp-mux', { ...DEFAULT, 'rtcp-mux': ['demux'] }),
    answer('A', 'B', 'plain', DEFAULT),
    offer('A', 'rtcp-mux', { ...DEFAULT, 'rtcp-mux': ['demux'] }, 'B'),
    answer('A', 'B', 'plain', DEFAULT),
  ],
  'mux accepted': [offer('A', 'rtcp-mux', { ...DEFAULT, 'rtcp-mux': ['accept'] }), answer('A', 'B', 'plain', DEFAULT)],
  'mux ends in a re-offer': [...call('rtcp-mux', DEFAULT), ...again('A', 'B', 'plain', DEFAULT)],
  'mux begins in a re-offer': [...first, ...again('A', 'B', 'rtcp-mux', DEFAULT)],
  'mux re-offered by B': [...call('rtcp-mux', DEFAULT), ...again('B', 'A', 'rtcp-mux', DEFAULT)],
  'a phone moves': [...first, offer('C', 'plain', { ...DEFAULT, 'from-tag': 'A', 'to-tag': 'B' }), answer('A', 'B', 'plain', DEFAULT)],
  'late offer': [offer('B', 'plain', DEFAULT, 'A'), answer('B', 'A', 'plain', DEFAULT)],
  'late offer in a call': [...first, offer('B', 'plain', DEFAULT, 'A'), answer('B', 'A', 'plain', DEFAULT)],
  'late offer of two lines': [offer('B', 'audio and video', DEFAULT, 'A'), answer('B', 'A', 'audio and refused video', DEFAULT)],
  'two branches': [offer('A', 'plain', one), offer('A', 'plain', two), answer('A', 'B', 'plain', one), answer('A', 'C', 'plain', two)],
  'two branches, the second answers': [offer('A', 'plain', one), offer('A', 'plain', two), answer('A', 'C', 'plain', two)],
  'two branches, one deleted': [
    offer('A', 'plain', one),
    offer('A', 'plain', two),
    del({ 'from-tag': 'A', 'via-branch': 'one' }),
    answer('A', 'C', 'plain', two),
  ],
  'two branches, with a to-tag when one is deleted': [
    offer('A', 'plain', one),
    offer('A', 'plain', two),
    answer('A', 'B', 'plain', one),
    del({ 'from-tag': 'A', 'to-tag': 'B', 'via-branch': 'one' }),
    answer('A', 'C', 'plain', two),
  ],
  'two answers to one offer': [offer('A', 'plain', DEFAULT), answer('A', 'B', 'plain', DEFAULT), answer('A', 'C', 'plain', DEFAULT)],
  'two answers, then a re-offer to the second': [
    offer('A', 'plain', DEFAULT),
    answer('A', 'B', 'plain', DEFAULT),
    answer('A', 'C', 'plain', DEFAULT),
    ...again('A', 'C', 'plain', DEFAULT),
  ],
  'two answers, and both go on': [
    offer('A', 'plain', DEFAULT),
    answer('A', 'B', 'plain', DEFAULT),
    answer('A', 'C', 'plain', DEFAULT),
    ...again('A', 'C', 'plain', DEFAULT),
    ...again('A', 'B', 'plain', DEFAULT),
    ...again('C', 'A', 'plain', DEFAULT),
    ...again('A', 'C', 'plain', DEFAULT),
  ],
  'two answers, and the second goes on': [
    offer('A', 'plain', DEFAULT),
    answer('A', 'B', 'plain', DEFAULT),
    answer('A', 'C', 'plain', DEFAULT),
    ...again('C', 'A', 'plain', DEFAULT),
    ...again('A', 'C', 'plain', DEFAULT),
  ],
  'two answers, and the first again': [
    offer('A', 'plain', DEFAULT),
    answer('A', 'B', 'plain', DEFAULT),
    answer('A', 'C', 'plain', DEFAULT),
    answer('A', 'B', 'plain', DEFAULT),
    ...again('A', 'B', 'plain', DEFAULT),
    ...again('A', 'C', 'plain', DEFAULT),
  ],
  'two answers, the first is deleted': [
    offer('A', 'plain', DEFAULT),
    answer('A', 'B', 'plain', DEFAULT),
    answer('A', 'C', 'plain', DEFAULT),
    del({ 'from-tag': 'A', 'to-tag': 'B' }),
    ...again('A', 'C', 'plain', DEFAULT),
  ],
  'deleted, and asked for': [...first, del({ 'from-tag': 'A' }), { command: 'query', fields: {} }],
  'deleted by the callee': [...first, del({ 'from-tag': 'B', 'to-tag': 'A' }), { command: 'query', fields: {} }],
  'deleted by the Call-ID': [...first, del({}), { command: 'query', fields: {} }],
  'deleted with the wrong tag': [...first, del({ 'from-tag': 'X' }), ...again('A', 'B', 'plain', DEFAULT)],
  'deleted twice': [...first, del({ 'from-tag': 'A' }), del({ 'from-tag': 'A' })],
  'deleted before it was there': [del({ 'from-tag': 'A' })],
  'deleted, and offered again': [...first, del({ 'from-tag': 'A' }), ...first],
  'deleted later, and offered again at once': [
    ...first,
    del({ 'from-tag': 'A', 'delete-delay': 30 }),
    ...again('A', 'B', 'plain', DEFAULT),
  ],
  'answer without an offer': [answer('A', 'B', 'plain', DEFAULT)],
  'answer of another offerer': [offer('A', 'plain', DEFAULT), answer('X', 'B', 'plain', DEFAULT)],
  'asked for before it was there': [{ command: 'query', fields: {} }],
  'not an SDP': [{ command: 'offer', fields: { 'from-tag': 'A', ...DEFAULT, sdp: 'hello' } }],
  'no SDP': [{ command: 'offer', fields: { 'from-tag': 'A', ...DEFAULT } }],
  'no from-tag': [{ command: 'offer', fields: { ...DEFAULT, sdp: textOf('A', 'plain') } }],
  'answer without a to-tag': [
    offer('A', 'plain', DEFAULT),
    { command: 'answer', fields: { 'from-tag': 'A', ...DEFAULT, sdp: textOf('B', 'plain') } },
  ],
  'a phone moves and comes back': [
    ...first,
    offer('C', 'plain', { ...DEFAULT, 'from-tag': 'A', 'to-tag': 'B' }),
    answer('A', 'B', 'plain', DEFAULT),
    ...again('A', 'B', 'plain', DEFAULT),
  ],
  'a phone moves, with port-latching': [
    ...first,
    offer('C', 'plain', { ...DEFAULT, flags: ['trust-address', 'port-latching'], 'from-tag': 'A', 'to-tag': 'B' }),
    answer('A', 'B', 'plain', { ...DEFAULT, flags: ['trust-address', 'port-latching'] }),
  ],
  'a phone changes its port': [...first, ...again('A', 'B', 'odd port', DEFAULT, 'plain')],
  'the answerer moves': [
    ...first,
    offer('A', 'plain', DEFAULT, 'B'),
    { command: 'answer', fields: { 'from-tag': 'A', 'to-tag': 'B', sdp: textOf('C', 'plain'), ...DEFAULT } },
  ],
  'held by address, then elsewhere': [
    ...first,
    ...again('A', 'B', 'hold by address', DEFAULT),
    offer('C', 'plain', { ...DEFAULT, 'from-tag': 'A' }, 'B'),
    answer('A', 'B', 'plain', DEFAULT),
  ],
  'a line of another protocol': [...call('audio and video', DEFAULT), ...again('A', 'B', 'audio and fax', DEFAULT)],
  'origin is kept, all of it': [
    ...call('plain', KEPT_ORIGIN),
    ...again('A', 'B', 'large version', KEPT_ORIGIN),
    ...again('A', 'B', 'large version', KEPT_ORIGIN),
    ...again('B', 'A', 'name in o=', KEPT_ORIGIN),
    ...again('A', 'B', 'audio and video', KEPT_ORIGIN),
  ],
  'version counts': [
    ...call('plain', VERSION),
    ...again('A', 'B', 'plain', VERSION),
    ...again('A', 'B', 'hold sendonly', VERSION, 'hold recvonly'),
    ...again('B', 'A', 'plain', VERSION),
  ],
  'IPv6 answers IPv4': [offer('A', 'plain', DEFAULT), answer('A', 'B', 'IPv6', DEFAULT)],
  'the family changes in a re-offer': [...first, ...again('A', 'B', 'IPv6', DEFAULT, 'plain')],
  'interfaces change in a re-offer': [
    offer('A', 'plain', { ...DEFAULT, direction: ['inside', 'outside'] }),
    answer('A', 'B', 'plain', DEFAULT),
    offer('A', 'plain', { ...DEFAULT, direction: ['inside', 'inside'] }, 'B'),
    answer('A', 'B', 'plain', DEFAULT),
  ],
  'directions only once': [
    offer('A', 'plain', { ...DEFAULT, direction: ['inside', 'outside'] }),
    answer('A', 'B', 'plain', DEFAULT),
    ...again('A', 'B', 'plain', DEFAULT),
    ...again('B', 'A', 'plain', DEFAULT),
  ],
}
