/** Offers and answers over the life of a session: versions, order, numbers, hold, fax. RFC 3264 §5 to §8. */
import { describe, expect, test } from 'vitest'
import { agreedMedia, answer, type Capabilities, checkAnswer, checkNext, latin1, type MediaCapability, offerFrom } from '../src/index.ts'

const PCMA = { name: 'PCMA', clockRate: 8000 }
const PCMU = { name: 'PCMU', clockRate: 8000 }
const OPUS = { name: 'opus', clockRate: 48000, channels: 2 }
const EVENTS = { name: 'telephone-event', clockRate: 8000, fmtp: '0-15' }
const audio: MediaCapability = { kind: 'audio', port: 4000, codecs: [PCMA, EVENTS] }
const fax: MediaCapability = {
  kind: 'image',
  port: 4010,
  protocols: ['udptl'],
  formats: ['t38'],
  attributes: [{ name: 'T38FaxVersion', value: '0' }],
}
const side = (...media: MediaCapability[]): Capabilities => ({ address: '192.0.2.1', sessionId: '77', media })
const far = (...media: MediaCapability[]): Capabilities => ({ address: '198.51.100.2', sessionId: '88', media })
const text = (offer: Capabilities, previous?: Uint8Array): string => latin1(offerFrom(offer, previous))
const answered = (offer: Uint8Array | string, capabilities: Capabilities, previous?: Uint8Array): Uint8Array => {
  const verdict = answer(offer, capabilities, previous)
  if (verdict.kind === 'refuse') throw new Error(verdict.text)
  return verdict.sdp
}
const lines = (sdp: Uint8Array | string, start: RegExp): string[] =>
  (typeof sdp === 'string' ? sdp : latin1(sdp)).split('\r\n').filter(line => start.test(line))

describe('an offer', () => {
  test('has fixed numbers where there are any, and free ones from 96 (RFC 3264 §5.1)', () => {
    expect(text(side({ ...audio, codecs: [OPUS, PCMA, PCMU, EVENTS], ptime: 20 }))).toBe(
      'v=0\r\no=- 77 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 96 8 0 97\r\n' +
        'a=rtpmap:96 opus/48000/2\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:97 telephone-event/8000\r\n' +
        'a=fmtp:97 0-15\r\na=ptime:20\r\na=sendrecv\r\n',
    )
  })

  test('takes the number that was asked for where it is free (RFC 3264 §5.1)', () => {
    const codecs = [
      { ...EVENTS, payloadType: 101 },
      { ...OPUS, payloadType: 101 },
    ]
    expect(lines(text(side({ ...audio, codecs })), /^m=/)).toEqual(['m=audio 4000 RTP/AVP 101 96'])
  })

  test('keeps RTCP on a port of its own beside rtcp-mux, for who cannot share one (RFC 5761 §5.1.1)', () => {
    expect(lines(text(side({ ...audio, rtcpMux: true, rtcpPort: 4009 })), /^a=rtcp/)).toEqual(['a=rtcp-mux', 'a=rtcp:4009'])
  })

  test('numbers its crypto lines, and offers a fingerprint as actpass (RFC 4568 §5.1.1, RFC 5763 §5)', () => {
    const crypto = [
      { suite: 'A', keys: 'inline:a' },
      { suite: 'B', keys: 'inline:b' },
    ]
    expect(lines(text(side({ ...audio, protocols: ['RTP/SAVP'], crypto })), /^a=crypto/)).toEqual([
      'a=crypto:1 A inline:a',
      'a=crypto:2 B inline:b',
    ])
    const dtls = { ...audio, protocols: ['UDP/TLS/RTP/SAVP'], fingerprint: 'sha-256 AB' }
    expect(lines(text(side(dtls)), /^a=(?:finger|setup)/)).toEqual(['a=fingerprint:sha-256 AB', 'a=setup:actpass'])
  })

  test.each<[string, () => unknown]>([
    ['no codec', () => offerFrom(side({ ...audio, codecs: [] }))],
    ['a session id with letters', () => offerFrom({ ...side(audio), sessionId: 'x' })],
    ['a port above 65535', () => offerFrom(side({ ...audio, port: 70000 }))],
    ['an attribute with a line end', () => offerFrom(side({ ...audio, attributes: [{ name: 'x', value: 'y\r\na=z' }] }))],
    ['a codec with a line end', () => offerFrom(side({ ...audio, codecs: [{ name: 'x\r\n', clockRate: 1 }] }))],
    ['a user name with a space', () => offerFrom({ ...side(audio), username: 'a b' })],
  ])('of %s is a TypeError', (_, mistake) => {
    expect(mistake).toThrow(TypeError)
  })
})

describe('a later offer', () => {
  const first = offerFrom(side({ ...audio, codecs: [OPUS, PCMA, EVENTS] }))

  test('of the same is the same, byte for byte, as a session refresh wants it (RFC 4028 §7.4)', () => {
    expect(latin1(offerFrom(side({ ...audio, codecs: [OPUS, PCMA, EVENTS] }), first))).toBe(latin1(first))
  })

  test('that differs has the next version and the same session id (RFC 3264 §8)', () => {
    const held = offerFrom(side({ ...audio, codecs: [OPUS, PCMA, EVENTS], direction: 'sendonly' }), first)
    expect(lines(held, /^o=|^a=send/)).toEqual(['o=- 77 2 IN IP4 192.0.2.1', 'a=sendonly'])
    const resumed = offerFrom(side({ ...audio, codecs: [OPUS, PCMA, EVENTS] }), held)
    expect(lines(resumed, /^o=|^a=send/)).toEqual(['o=- 77 3 IN IP4 192.0.2.1', 'a=sendrecv'])
    expect(lines(held, /0\.0\.0\.0/)).toEqual([])
  })

  test('keeps the meaning of each number when codecs come and go (RFC 3264 §8.3.2)', () => {
    const next = offerFrom(side({ ...audio, codecs: [{ name: 'iLBC', clockRate: 8000 }, EVENTS, PCMA, OPUS] }), first)
    expect(lines(next, /^m=/)).toEqual(['m=audio 4000 RTP/AVP 98 97 8 96'])
    expect(checkNext(first, next)).toEqual([])
  })

  test('after an answer of ours keeps the numbers that the other side chose (RFC 3264 §8.3.2)', () => {
    const offer = offerFrom(far({ ...audio, codecs: [{ ...EVENTS, payloadType: 120 }, PCMA] }))
    const reply = answered(offer, side(audio))
    expect(lines(offerFrom(side(audio), reply), /^m=/)).toEqual(['m=audio 4000 RTP/AVP 8 120'])
  })

  test('ends a stream with port 0 in its place, and adds new ones below (RFC 3264 §8.1, §8.2)', () => {
    const toFax = offerFrom(side(fax), first)
    expect(lines(toFax, /^m=/)).toEqual(['m=audio 0 RTP/AVP 96 8 97', 'm=image 4010 udptl t38'])
    const back = offerFrom(side(audio), toFax)
    expect(lines(back, /^m=/)).toEqual(['m=audio 4000 RTP/AVP 8 97', 'm=image 0 udptl t38'])
    expect([checkNext(first, toFax), checkNext(toFax, back)]).toEqual([[], []])
  })

  test('puts a stream that is tied to a line there (RFC 3264 §8)', () => {
    const two = offerFrom(side(audio, { ...audio, port: 5000 }))
    expect(lines(offerFrom(side({ ...audio, port: 5000, line: 1 }), two), /^m=/)).toEqual([
      'm=audio 0 RTP/AVP 8 96',
      'm=audio 5000 RTP/AVP 8 96',
    ])
  })
})

describe('an answer', () => {
  test('keeps its session id and counts its versions, whoever offers (RFC 3264 §8)', () => {
    const one = answered(offerFrom(far(audio)), side(audio))
    const two = answered(offerFrom(far({ ...audio, direction: 'sendonly' })), side(audio), one)
    const same = answered(offerFrom(far({ ...audio, direction: 'sendonly' })), side(audio), two)
    expect([one, two, same].map(sdp => lines(sdp, /^o=/)[0])).toEqual([
      'o=- 77 1 IN IP4 192.0.2.1',
      'o=- 77 2 IN IP4 192.0.2.1',
      'o=- 77 2 IN IP4 192.0.2.1',
    ])
  })

  test('of one codec has the best one and its events (RFC 3264 §6.1)', () => {
    const offer = offerFrom(far({ ...audio, codecs: [PCMU, PCMA, EVENTS] }))
    expect(lines(answered(offer, side({ ...audio, codecs: [PCMA, PCMU, EVENTS], take: 'one' })), /^m=/)).toEqual([
      'm=audio 4000 RTP/AVP 0 96',
    ])
    const ours = side({ ...audio, codecs: [PCMA, PCMU, EVENTS], take: 'one', order: 'ours' })
    expect(lines(answered(offer, ours), /^m=/)).toEqual(['m=audio 4000 RTP/AVP 8 96'])
  })

  test('of a side on hold gives away no more than that side wants (RFC 3264 §6.1)', () => {
    const directions = (['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const).map(direction => {
      const reply = answered(offerFrom(far({ ...audio, direction })), side({ ...audio, direction: 'sendonly' }))
      return lines(reply, /^a=(?:send|recv|inact)/)[0]
    })
    expect(directions).toEqual(['a=sendonly', 'a=inactive', 'a=sendonly', 'a=inactive'])
  })

  test('to a fax offer from a side without fax is 488, so that the call stays with audio (RFC 3362 §5)', () => {
    const toFax = offerFrom(far(fax), offerFrom(far(audio)))
    expect(answer(toFax, side(audio))).toMatchObject({ kind: 'refuse', status: 488, warning: 304 })
    expect(lines(answered(toFax, side(fax)), /^m=/)).toEqual(['m=audio 0 RTP/AVP 8 96', 'm=image 4010 udptl t38'])
  })

  test('accepts IPv6 where it is reached (RFC 6157 §3.1)', () => {
    const offer = offerFrom({ ...far(audio), address: '2001:db8::5' })
    expect(answer(offer, side(audio))).toMatchObject({ warning: 301 })
    expect(answer(offer, { ...side(audio), reaches: ['IP4', 'IP6'] }).kind).toBe('answer')
    expect(lines(answered(offer, { ...side(audio), address: '2001:db8::6' }), /^[oc]=/)).toEqual([
      'o=- 77 1 IN IP6 2001:db8::6',
      'c=IN IP6 2001:db8::6',
    ])
  })

  test('to loopback is given on loopback only (RFC 6890 §2.2.2)', () => {
    const offer = offerFrom({ ...far(audio), address: '127.0.0.2' })
    expect(answer(offer, side(audio)).kind).toBe('refuse')
    expect(answer(offer, { ...side(audio), address: '127.0.0.1' }).kind).toBe('answer')
  })

  test('tells which streams it refused, and why (RFC 3264 §6)', () => {
    const video: MediaCapability = { kind: 'video', port: 6000, codecs: [{ name: 'H264', clockRate: 90000 }] }
    expect(answer(offerFrom(far(video, audio)), side(audio))).toMatchObject({ kind: 'answer', refused: [{ index: 0, warning: 304 }] })
  })

  test('packs AMR only as offered, where we say how (RFC 4867 §8.3.1)', () => {
    const amr = (fmtp?: string): MediaCapability => ({ ...audio, codecs: [{ name: 'AMR', clockRate: 8000, ...(fmtp && { fmtp }) }] })
    const offer = offerFrom(far(amr('octet-align=1')))
    expect(answer(offer, side(amr('octet-align=0'))).kind).toBe('refuse')
    expect(lines(answered(offer, side(amr('octet-align=1; mode-change-period=2'))), /^a=fmtp/)).toEqual([
      'a=fmtp:96 octet-align=1; mode-change-period=2',
    ])
  })
})

describe('what was agreed', () => {
  const offer = offerFrom(far({ ...audio, codecs: [PCMU, PCMA, EVENTS], ptime: 30, rtcpMux: true }))
  const reply = answered(offer, side({ ...audio, codecs: [PCMA, EVENTS], ptime: 20, rtcpMux: true }))

  test("both sides see the same codecs, each with the other side's address and wish (RFC 3264 §7)", () => {
    const codecs = [
      { name: 'PCMA', clockRate: 8000, channels: 1, send: 8, receive: 8 },
      { ...EVENTS, channels: 1, send: 96, receive: 96 },
    ]
    expect(agreedMedia(offer, reply, 'offerer')).toEqual([
      {
        kind: 'audio',
        protocol: 'RTP/AVP',
        live: true,
        send: true,
        receive: true,
        remote: { address: '192.0.2.1', port: 4000, rtcpPort: 4000 },
        codecs,
        packetMs: 20,
        rtcpMux: true,
      },
    ])
    expect(agreedMedia(offer, reply, 'answerer')).toMatchObject([{ remote: { address: '198.51.100.2' }, codecs, packetMs: 30 }])
  })

  test("on hold one side sends, on an old phone's hold nobody is sent to (RFC 3264 §8.4)", () => {
    const held = offerFrom(far({ ...audio, direction: 'sendonly' }))
    const quiet = answered(held, side(audio))
    expect(agreedMedia(held, quiet, 'answerer')).toMatchObject([{ send: false, receive: true }])
    expect(agreedMedia(held, quiet, 'offerer')).toMatchObject([{ send: true, receive: false }])
    const old = latin1(offerFrom(far(audio))).replace('c=IN IP4 198.51.100.2', 'c=IN IP4 0.0.0.0')
    expect(agreedMedia(old, answered(old, side(audio)), 'answerer')?.[0]).toMatchObject({ live: true, send: false, receive: true })
    expect(agreedMedia(old, answered(old, side(audio)), 'answerer')?.[0]?.remote).toBeUndefined()
  })

  test('a codec that the answer renumbered has a number for each way (RFC 3264 §5.1)', () => {
    const renumbered = latin1(reply).replaceAll('96', '110')
    expect(agreedMedia(offer, renumbered, 'offerer')?.[0]?.codecs[1]).toMatchObject({ send: 110, receive: 96 })
    expect(checkAnswer(offer, renumbered)).toMatchObject([{ level: 'should', clause: 'RFC 3264 §6.1' }])
  })

  test('an answer without rtpmap lines means those of the offer, as some phones do (RFC 3264 §6.1)', () => {
    const bare = latin1(reply).replace(/a=rtpmap.*\r\n/g, '')
    for (const view of ['offerer', 'answerer'] as const)
      expect(agreedMedia(offer, bare, view)?.[0]?.codecs.map(({ name }) => name)).toEqual(['PCMA', 'telephone-event'])
  })

  test('a refused stream is not live, and no SDP agrees on nothing (RFC 3264 §6)', () => {
    const refusedOne = latin1(reply).replace('m=audio 4000', 'm=audio 0')
    expect(agreedMedia(offer, refusedOne, 'offerer')).toMatchObject([{ live: false, send: false, receive: false, codecs: [] }])
    expect(agreedMedia(offer, 'x', 'offerer')).toBeUndefined()
  })
})
