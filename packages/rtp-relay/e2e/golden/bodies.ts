/** SDPs that phones, carriers and gateways send, one function each: of whom it is decides address and ports. RFC 8866, RFC 3264, RFC 4317. */

export interface Phone {
  readonly v4: string
  readonly v6: string
  readonly port: number
}

/** Nobody listens there: RFC 5737, RFC 3849. */
export const PHONES: Readonly<Record<string, Phone>> = {
  A: { v4: '203.0.113.10', v6: '2001:db8:a::10', port: 40_000 },
  B: { v4: '203.0.113.20', v6: '2001:db8:b::20', port: 50_000 },
  C: { v4: '203.0.113.30', v6: '2001:db8:c::30', port: 60_000 },
}

const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive']

export type Body = (phone: Phone) => string

export const BODIES: Readonly<Record<string, Body>> = {
  plain: phone => sdp(phone, []),
  sendrecv: phone => sdp(phone, ['a=sendrecv']),
  'hold sendonly': phone => sdp(phone, ['a=sendonly']),
  'hold recvonly': phone => sdp(phone, ['a=recvonly']),
  'hold inactive': phone => sdp(phone, ['a=inactive']),
  'hold of the session': phone => sdp(phone, [], { session: ['a=sendonly'] }),
  'hold of the session, one line against it': phone => sdp(phone, ['a=sendrecv', ...video(phone)], { session: ['a=inactive'] }),
  'hold by address': phone => sdp(phone, [], { address: '0.0.0.0' }),
  'hold by address and direction': phone => sdp(phone, ['a=inactive'], { address: '0.0.0.0' }),
  'hold by address of the m-line': phone => sdp(phone, [], { connection: 'none', media: ['c=IN IP4 0.0.0.0'] }),
  'hold by address of IPv6': phone => sdp(phone, [], { address: '::' }),
  'audio and video': phone => sdp(phone, video(phone)),
  'audio and video, held apart': phone => sdp(phone, ['a=sendonly', ...video(phone), 'a=recvonly']),
  'three lines': phone => sdp(phone, [...video(phone), `m=audio ${phone.port + 4} RTP/AVP 0`, 'a=label:second']),
  'audio and refused video': phone => sdp(phone, ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 VP8/90000']),
  'refused audio and video': phone => sdp(phone, video(phone), { port: 0 }),
  'refused without attributes': phone => sdp(phone, ['m=video 0 RTP/AVP 31']),
  'nothing but refused': phone => sdp(phone, [], { port: 0 }),
  'refused with everything': phone =>
    sdp(phone, [
      ...['m=video 0 RTP/AVP 96', `c=IN IP4 ${phone.v4}`, 'b=AS:64', 'a=rtpmap:96 VP8/90000', 'a=fmtp:96 x=1', 'a=rtcp:4001', 'a=rtcp-mux'],
      ...['a=ptime:20', 'a=mid:2', 'a=x-other:1', 'a=rtcp-fb:96 nack', 'a=sendonly', 'a=label:7'],
    ]),
  'refused, inactive': phone => sdp(phone, ['m=video 0 RTP/AVP 31', 'a=inactive']),
  fax: phone => sdp(phone, [], { mLine: `m=image ${phone.port} udptl t38`, media: FAX }),
  'refused fax': phone => sdp(phone, [], { mLine: 'm=image 0 udptl t38', media: [] }),
  'audio and fax': phone => sdp(phone, [`m=image ${phone.port + 2} udptl t38`, ...FAX]),
  'audio refused for fax': phone => sdp(phone, [`m=image ${phone.port + 2} udptl t38`, ...FAX], { port: 0 }),
  'text beside audio': phone => sdp(phone, [`m=text ${phone.port + 2} RTP/AVP 98`, 'a=rtpmap:98 t140/1000']),
  IPv6: phone => sdp(phone, [], { address: phone.v6 }),
  'IPv6 with two lines': phone => sdp(phone, video(phone), { address: phone.v6 }),
  'address of the m-line': phone => sdp(phone, [], { connection: 'none', media: [`c=IN IP4 ${phone.v4}`] }),
  'address of both': phone => sdp(phone, [], { media: [`c=IN IP4 ${phone.v4}`] }),
  'addresses that differ': phone => sdp(phone, [], { address: '203.0.113.99', media: [`c=IN IP4 ${phone.v4}`] }),
  'one line with an address': phone => sdp(phone, [`m=video ${phone.port + 2} RTP/AVP 31`, `c=IN IP4 ${phone.v4}`]),
  'own address in o= differs': phone => sdp(phone, [], { origin: 'o=- 1 2 IN IP4 10.9.8.7' }),
  'name in o=': phone => sdp(phone, [], { origin: 'o=phone 1 2 IN IP4 host.example.com' }),
  'o= of IPv6, c= of IPv4': phone => sdp(phone, [], { origin: `o=- 1 2 IN IP6 ${phone.v6}` }),
  'large version': phone => sdp(phone, [], { origin: `o=- 18446744073709551615 9223372036854775807 IN IP4 ${phone.v4}` }),
  'all session lines': phone =>
    sdp(phone, [], {
      session: ['b=AS:128', 'a=tool:phone 1.0', 'a=x-session:yes'],
      before: ['i=a call', 'u=http://example.com/', 'e=a@example.com', 'p=+1 617 555-6011'],
    }),
  'all media lines': phone => sdp(phone, ['a=x-last'], { media: ['i=speech', 'b=AS:64', 'b=TIAS:64000', 'k=prompt'] }),
  'unknown attributes': phone => sdp(phone, ['a=x-colour:blue %20', 'a=foo', 'a=x-empty:', 'a=x-utf:J\xc3\xb6rg']),
  'attributes of the session': phone => sdp(phone, [], { session: ['a=x-thing:1', 'a=group:LS 1', 'a=msid-semantic: WMS'] }),
  'quality and labels': phone => sdp(phone, ['a=label:1', 'a=content:main', 'a=curr:qos local none', 'a=des:qos none local sendrecv']),
  ptime: phone => sdp(phone, ['a=ptime:20', 'a=maxptime:60']),
  'events and fmtp': phone => sdp(phone, ['a=fmtp:101 0-16', 'a=rtcp-fb:* nack']),
  'codecs of today': phone =>
    sdp(phone, [], {
      mLine: `m=audio ${phone.port} RTP/AVP 96 9 8 0 18 101`,
      media: ['a=rtpmap:96 opus/48000/2', 'a=fmtp:96 useinbandfec=1; stereo=0', 'a=rtpmap:9 G722/8000', 'a=fmtp:18 annexb=no', ...EVENTS],
    }),
  'static formats without rtpmap': phone => sdp(phone, [], { mLine: `m=audio ${phone.port} RTP/AVP 0 8 3 4 18`, media: [] }),
  'two event rates': phone =>
    sdp(phone, [], {
      mLine: `m=audio ${phone.port} RTP/AVP 96 8 101 102`,
      media: ['a=rtpmap:96 opus/48000/2', 'a=rtpmap:8 PCMA/8000', ...EVENTS, 'a=rtpmap:102 telephone-event/48000', 'a=fmtp:102 0-15'],
    }),
  'one codec': phone => sdp(phone, [], { mLine: `m=audio ${phone.port} RTP/AVP 8` }),
  'audio and video of two': phone =>
    sdp(phone, [`m=video ${phone.port + 2} RTP/AVP 96 97`, 'a=rtpmap:96 VP8/90000', 'a=rtpmap:97 H264/90000']),
  'events at 96': phone =>
    sdp(phone, [], { mLine: `m=audio ${phone.port} RTP/AVP 8 96`, media: ['a=rtpmap:8 PCMA/8000', 'a=rtpmap:96 telephone-event/8000'] }),
  'opus beside': phone => beside(phone, 'opus/48000/2'),
  'speex beside': phone => beside(phone, 'speex/16000'),
  'unknown codec beside': phone => beside(phone, 'x-own/8000'),
  'the other law': phone => sdp(phone, [], { mLine: `m=audio ${phone.port} RTP/AVP 0 101`, media: EVENTS }),
  'feedback profile': phone => sdp(phone, ['a=rtcp-fb:* ccm fir'], { mLine: `m=audio ${phone.port} RTP/AVPF 8` }),
  'rtcp attribute': phone => sdp(phone, [`a=rtcp:${phone.port + 1}`]),
  'rtcp attribute, odd port': phone => sdp(phone, [`a=rtcp:${phone.port + 7}`]),
  'rtcp attribute with address': phone => sdp(phone, [`a=rtcp:${phone.port + 7} IN IP4 ${phone.v4}`]),
  'rtcp attribute of each line': phone => sdp(phone, [`a=rtcp:${phone.port + 1}`, ...video(phone), `a=rtcp:${phone.port + 3}`]),
  'rtcp-mux': phone => sdp(phone, ['a=rtcp-mux']),
  'rtcp-mux and rtcp': phone => sdp(phone, [`a=rtcp:${phone.port}`, 'a=rtcp-mux']),
  'rtcp-mux-only': phone => sdp(phone, ['a=rtcp-mux', 'a=rtcp-mux-only']),
  'rtcp-mux of one line': phone => sdp(phone, ['a=rtcp-mux', ...video(phone)]),
  'odd port': phone => sdp({ ...phone, port: phone.port + 1 }, []),
  bundle: phone => sdp(phone, ['a=mid:1', 'a=rtcp-mux', ...video(phone), 'a=mid:2', 'a=rtcp-mux'], { session: ['a=group:BUNDLE 1 2'] }),
  ICE: phone => sdp(phone, ICE(phone)),
  'ICE of the session': phone => sdp(phone, ICE(phone).slice(2), { session: ['a=ice-lite', ...ICE(phone).slice(0, 2)] }),
  'ICE with rtcp-mux': phone => sdp(phone, ['a=rtcp-mux', ...ICE(phone)]),
  'line ends of one byte': phone => sdp(phone, ['a=sendrecv']).replaceAll('\r\n', '\n'),
  'no end of the last line': phone => sdp(phone, ['a=sendrecv']).slice(0, -2),
  'several times': phone => sdp(phone, []).replace('t=0 0', 't=0 0\r\nr=7d 1h 0 25h\r\nt=3034423619 3042462419'),
  'two ports in one line': phone => sdp(phone, [], { mLine: `m=audio ${phone.port}/2 RTP/AVP 8` }),
  'a file transfer beside audio': phone =>
    sdp(phone, [`m=message ${phone.port + 2} TCP/MSRP *`, 'a=accept-types:text/plain', 'a=path:msrp://a.example.com:7394/x;tcp']),
  'three ports in one line, one in the next': phone =>
    sdp(phone, [`m=audio ${phone.port + 10} RTP/AVP 0`], { mLine: `m=audio ${phone.port}/3 RTP/AVP 8` }),
  'two ports in a refused line': phone => sdp(phone, [`m=audio ${phone.port} RTP/AVP 0`], { mLine: 'm=audio 0/2 RTP/AVP 8' }),
  'a message line over anything': phone => sdp(phone, [`m=message ${phone.port + 2} RTP/AVP 98`, 'a=sendonly']),
  'a refused message line': phone => sdp(phone, ['m=message 0 TCP/MSRP *', 'a=x-other']),
  'a message line with its address': phone => sdp(phone, [`m=message ${phone.port + 2} udp x`, 'c=IN IP4 203.0.113.99']),
  'MSRP that is no message line': phone => sdp(phone, [`m=application ${phone.port + 2} TCP/MSRP *`]),
  'fax over TCP beside audio': phone => sdp(phone, [`m=image ${phone.port + 2} TCP t38`, ...FAX, 'a=sendonly', 'a=rtcp-mux']),
  'nothing but TCP': phone => sdp(phone, [], { mLine: `m=application ${phone.port} TCP/BFCP *`, media: ['a=floorctrl:c-s'] }),
  'DCCP beside audio': phone => sdp(phone, [`m=audio ${phone.port + 2} DCCP/RTP/AVP 8`]),
  'rtcp-mux of the middle line': phone =>
    sdp(phone, [...video(phone), 'a=rtcp-mux', `m=audio ${phone.port + 4} RTP/AVP 0`, 'a=label:second']),
  'data channel beside audio': phone =>
    sdp(phone, [
      `m=application ${phone.port + 2} UDP/DTLS/SCTP webrtc-datachannel`,
      'a=sctp-port:5000',
      'a=fingerprint:sha-256 00:11',
      'a=setup:actpass',
    ]),
  'BFCP over TCP beside audio': phone => sdp(phone, [`m=application ${phone.port + 2} TCP/BFCP *`, 'a=floorctrl:c-s', 'a=connection:new']),
  'udp beside audio': phone => sdp(phone, [`m=application ${phone.port + 2} udp wb`, 'a=orient:portrait']),
  'SCTP beside audio': phone => sdp(phone, [`m=application ${phone.port + 2} SCTP x`]),
  'unknown profile of RTP': phone => sdp(phone, [`m=audio ${phone.port + 2} RTP/XYZ 8`, 'a=rtpmap:8 PCMA/8000']),
  'SRTP if you like': phone => sdp(phone, [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'A'.repeat(40)}`]),
  'DTLS if you like': phone =>
    sdp(phone, ['a=setup:actpass', 'a=fingerprint:sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33']),
  'rtcp-mux of the session': phone => sdp(phone, [], { session: ['a=rtcp-mux'] }),
  'ptime of the session': phone => sdp(phone, [], { session: ['a=ptime:20'] }),
  extensions: phone => sdp(phone, ['a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level', 'a=rtcp-rsize', 'a=rtcp-fb:8 nack']),
  'BFCP beside audio': phone => sdp(phone, [`m=application ${phone.port + 2} UDP/BFCP *`, 'a=floorctrl:c-s', 'a=setup:actpass']),
  'application over RTP': phone => sdp(phone, [`m=application ${phone.port + 2} RTP/AVP 100`, 'a=rtpmap:100 H224/4800', 'a=sendonly']),
  'simultaneous directions, the other way': phone => sdp(phone, ['a=recvonly', 'a=x-between', 'a=sendonly']),
  ...everyDirection(),
  'simultaneous directions': phone => sdp(phone, ['a=sendonly', 'a=x-between', 'a=recvonly']),
  'a source': phone => sdp(phone, ['a=ssrc:1234 cname:a@example.com', 'a=msid:stream track']),
}

/** What one phone puts in, as this file's words have it. */
interface Parts {
  readonly address?: string
  readonly origin?: string
  readonly connection?: 'none'
  readonly port?: number
  readonly mLine?: string
  readonly media?: readonly string[]
  readonly session?: readonly string[]
  readonly before?: readonly string[]
}

function sdp(phone: Phone, lines: readonly string[], parts: Parts = {}): string {
  const { address = phone.v4, connection, port = phone.port } = parts
  const type = address.includes(':') ? 'IP6' : 'IP4'
  const origin = parts.origin ?? `o=- 1545997027 1 IN ${type} ${address === '0.0.0.0' || address === '::' ? phone.v4 : address}`
  const mLine = parts.mLine ?? `m=audio ${port} RTP/AVP 8 101`
  const media =
    parts.mLine === undefined ? [...(parts.media ?? []), 'a=rtpmap:8 PCMA/8000', ...EVENTS] : (parts.media ?? ['a=rtpmap:8 PCMA/8000'])
  return [
    'v=0',
    origin,
    's=-',
    ...(parts.before ?? []),
    ...(connection === 'none' ? [] : [`c=IN ${type} ${address}`]),
    ...(parts.session ?? []).filter(line => line.startsWith('b=')),
    't=0 0',
    ...(parts.session ?? []).filter(line => !line.startsWith('b=')),
    mLine,
    ...media,
    ...lines,
    '',
  ].join('\r\n')
}

/** Of the session and of the m-line. */
function everyDirection(): Record<string, Body> {
  const bodies: Record<string, Body> = {}
  for (const whole of DIRECTIONS) {
    for (const line of DIRECTIONS) {
      bodies[`${whole} of the session, ${line} of the line`] = phone =>
        sdp(phone, [`a=${line}`, ...video(phone)], { session: [`a=${whole}`] })
    }
  }
  return bodies
}

function beside(phone: Phone, codec: string): string {
  return sdp(phone, [], { mLine: `m=audio ${phone.port} RTP/AVP 8 96`, media: ['a=rtpmap:8 PCMA/8000', `a=rtpmap:96 ${codec}`] })
}

function video({ port }: Phone): string[] {
  return [`m=video ${port + 2} RTP/AVP 96`, 'a=rtpmap:96 VP8/90000']
}

function ICE({ v4, port }: Phone): string[] {
  return [
    'a=ice-ufrag:abcdefgh',
    'a=ice-pwd:0123456789012345678901',
    `a=candidate:1 1 UDP 2130706431 ${v4} ${port} typ host`,
    `a=candidate:1 2 UDP 2130706430 ${v4} ${port + 1} typ host`,
    'a=end-of-candidates',
  ]
}

const EVENTS = ['a=rtpmap:101 telephone-event/8000']
const FAX = ['a=T38FaxVersion:0', 'a=T38MaxBitRate:14400', 'a=T38FaxRateManagement:transferredTCF', 'a=T38FaxUdpEC:t38UDPRedundancy']
