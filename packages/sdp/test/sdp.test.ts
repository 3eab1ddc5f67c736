/** The typed view of an SDP, its limits, hold and versions. RFC 8866, RFC 3264. */
import { describe, expect, test } from 'vitest'
import {
  answeredDirection,
  attribute,
  continueSession,
  direction,
  isHold,
  latin1,
  latin1Bytes,
  parseSdp,
  replaceOrigin,
  SdpEditor,
  sessionVersion,
  withVersion,
} from '../src/index.ts'

const session = 'v=0\r\no=- 7 01 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n'
const audio = 'm=audio 5004 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n'
const withLines = (...lines: string[]): string => `${session}${audio}${lines.map(line => `${line}\r\n`).join('')}`

describe('parseSdp', () => {
  test('an offer of a phone is read (RFC 8866 §5)', () => {
    const sdp = parseSdp(withLines('a=rtcp:5009 IN IP4 192.0.2.9', 'a=sendonly', 'x'.repeat(0)))
    expect(sdp?.origin).toEqual({
      username: '-',
      sessionId: '7',
      sessionVersion: '01',
      networkType: 'IN',
      addressType: 'IP4',
      address: '192.0.2.1',
    })
    expect(sdp?.media).toHaveLength(1)
    expect(sdp?.media[0]).toMatchObject({
      kind: 'audio',
      port: 5004,
      portCount: 1,
      protocol: 'RTP/AVP',
      formats: ['8', '101'],
      direction: 'sendonly',
    })
    expect(sdp?.media[0]?.rtcp).toEqual({ port: 5009, address: '192.0.2.9' })
    expect(sdp?.media[0]?.connection?.address).toBe('192.0.2.1')
  })

  test('bytes and their latin1 text are the same document', () => {
    const text = withLines('a=x-name:J\xf6rg \xff')
    expect(parseSdp(latin1Bytes(text))).toEqual(parseSdp(text))
    expect(latin1(latin1Bytes(text))).toBe(text)
  })

  test('an m-line with a port count is read (RFC 8866 §5.14)', () => {
    expect(parseSdp(`${session}m=audio 49170/2 RTP/AVP 0\r\n`)?.media[0]).toMatchObject({ port: 49170, portCount: 2 })
  })

  test('several c= lines of an m-line are all kept, and the first is in force (RFC 8866 §5.7)', () => {
    const media = parseSdp(withLines('c=IN IP4 224.2.1.1/127', 'c=IN IP4 224.2.1.2/127/3'))?.media[0]
    expect(media?.connections.map(({ address, suffix }) => address + suffix)).toEqual(['224.2.1.1/127', '224.2.1.2/127/3'])
    expect(media?.connection?.address).toBe('224.2.1.1')
  })

  test('missing s=, t= and o= lines are accepted, and lines that end with LF alone (RFC 8866 §5)', () => {
    expect(parseSdp('v=0\nc=IN IP4 192.0.2.1\nm=audio 5004 RTP/AVP 0')?.media[0]?.port).toBe(5004)
    expect(parseSdp('v=0\n')).toEqual({ direction: 'sendrecv', attributes: [], media: [] })
  })

  test('a user name with spaces is kept whole', () => {
    expect(parseSdp('v=0\r\no=John Doe 1 2 IN IP4 192.0.2.1\r\n')?.origin).toMatchObject({ username: 'John Doe', sessionId: '1' })
  })

  test.each([
    ['nothing', ''],
    ['garbage', 'hello\r\n'],
    ['another version', 'v=1\r\n'],
    ['a bare CR inside a value', withLines('a=x\rc=IN IP4 10.0.0.1')],
    ['a NUL', withLines('a=x\0')],
    ['a folded line', withLines(' a=x')],
    ['an m-line without a protocol', `${session}m=audio 5004\r\n`],
    ['a port above 65535', `${session}m=audio 70000 RTP/AVP 0\r\n`],
    ['a port that is no number', `${session}m=audio -1 RTP/AVP 0\r\n`],
    ['a c= line without address', withLines('c=IN IP4')],
    ['a c= line with a second address', withLines('c=IN IP4 192.0.2.1 192.0.2.2')],
    ['an o= line cut short', 'v=0\r\no=- 1 1 IN\r\n'],
    ['text that is not bytes', withLines('a=x:\u20ac')],
  ])('%s is no SDP (RFC 8866 §9)', (_, text) => {
    expect(parseSdp(text)).toBeUndefined()
    expect(SdpEditor.open(text)).toBeUndefined()
  })

  test('300 m-lines are read, and more than the limit is refused', () => {
    expect(parseSdp(session + audio.repeat(300))?.media).toHaveLength(300)
    expect(parseSdp(session + audio.repeat(300), { maxMedia: 299 })).toBeUndefined()
  })

  test('several megabytes are refused unread', () => {
    expect(parseSdp(new Uint8Array(5_000_000).fill(97))).toBeUndefined()
    expect(parseSdp(session + audio.repeat(100_000))).toBeUndefined()
  })

  test('a line of 60 kB with nothing but spaces costs no time', () => {
    expect(parseSdp(`v=0\r\no=${'a '.repeat(30_000)}\r\n`)).toBeDefined()
    expect(parseSdp(`v=0\r\nm=${' '.repeat(60_000)}x\r\n`)).toBeUndefined()
  })

  test('an attribute is found by its whole name', () => {
    const media = parseSdp(withLines('a=rtcp-mux', 'a=ptime:20'))!.media[0]!
    expect([attribute(media, 'rtcp'), attribute(media, 'rtcp-mux'), attribute(media, 'ptime')]).toEqual([undefined, '', '20'])
  })
})

describe('direction and hold', () => {
  const read = (...lines: string[]): ReturnType<typeof parseSdp> & object => parseSdp(withLines(...lines))!

  test.each([
    ['a=sendrecv', 'sendrecv', false],
    ['a=sendonly', 'sendonly', true],
    ['a=recvonly', 'recvonly', false],
    ['a=inactive', 'inactive', true],
    ['c=IN IP4 0.0.0.0', 'sendonly', true],
    ['c=IN IP6 ::', 'sendonly', true],
    ['a=ptime:20', 'sendrecv', false],
  ])('%s means %s (RFC 3264 §5.1, §8.4)', (line, expected, held) => {
    expect(direction(read(line), 0)).toBe(expected)
    expect(isHold(read(line))).toBe(held)
  })

  test('an address of zeros takes receiving away from every direction (RFC 3264 §8.4)', () => {
    expect(direction(read('c=IN IP4 0.0.0.0', 'a=recvonly'), 0)).toBe('inactive')
    expect(direction(read('c=IN IP4 0.0.0.0', 'a=inactive'), 0)).toBe('inactive')
  })

  test('the session direction counts where an m-line has none (RFC 8866 §6.7)', () => {
    const sdp = parseSdp(`${session}a=sendonly\r\n${audio}a=recvonly\r\n${audio}`)!
    expect([direction(sdp, 0), direction(sdp, 1), direction(sdp, 2)]).toEqual(['recvonly', 'sendonly', 'inactive'])
    expect(isHold(sdp)).toBe(false)
  })

  test('a refused stream is neither flowing nor held (RFC 3264 §6)', () => {
    const sdp = parseSdp(`${session}m=audio 0 RTP/AVP 8\r\na=sendonly\r\n`)!
    expect([direction(sdp, 0), isHold(sdp)]).toEqual(['inactive', false])
  })

  test('an answer keeps as much as was offered (RFC 3264 §6.1)', () => {
    expect((['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const).map(answeredDirection)).toEqual([
      'sendrecv',
      'recvonly',
      'sendonly',
      'inactive',
    ])
  })
})

describe('versions', () => {
  const sdp = withLines()
  const text = (bytes: Uint8Array | undefined): string => latin1(bytes!)

  test('the version is read and replaced, other bytes stay (RFC 3264 §8)', () => {
    expect(sessionVersion(sdp)).toEqual({ id: '7', version: 1n })
    expect(text(withVersion(sdp, 2))).toBe(sdp.replace('7 01', '7 2'))
    expect(text(withVersion(sdp, 2n ** 63n, '99'))).toBe(sdp.replace('7 01', '99 9223372036854775808'))
    expect(text(replaceOrigin(sdp, { ...parseSdp(sdp)!.origin!, username: 'strowger' }))).toBe(sdp.replace('o=-', 'o=strowger'))
  })

  test('what is no SDP has no version', () => {
    expect([sessionVersion('x'), withVersion('x', 1), continueSession(sdp, 'x')]).toEqual([undefined, undefined, undefined])
    expect(sessionVersion('v=0\r\no=- a b IN IP4 192.0.2.1\r\n')).toBeUndefined()
  })

  test('the same SDP again keeps its version, a changed one takes the next (RFC 3264 §8)', () => {
    const theirs = sdp.replace('o=- 7 01 IN IP4 192.0.2.1', 'o=other 1234 99 IN IP4 198.51.100.1')
    expect(text(continueSession(sdp, theirs))).toBe(sdp)
    expect(text(continueSession(sdp, theirs.replace('5004', '6000')))).toBe(sdp.replace('7 01', '7 2').replace('5004', '6000'))
    expect(text(continueSession('', theirs))).toBe(theirs)
  })

  test.each([
    ['9223372036854775806', '9223372036854775807'],
    ['9223372036854775807', '0'],
    ['9999999999999999999', '0'],
    ['9'.repeat(20), '0'],
    ['9'.repeat(50), '0'],
    [`${'0'.repeat(30)}7`, '8'],
    ['0', '1'],
    ['b', '0'],
  ])('after version %s comes %s, and the origin stays (RFC 3264 §5, §8; RFC 8866 §5.2)', (was, is) => {
    const ours = sdp.replace('7 01', `7 ${was}`)
    const theirs = sdp.replace('o=- 7 01 IN IP4 192.0.2.1', 'o=other 1234 99 IN IP4 198.51.100.1')
    expect(text(continueSession(ours, theirs))).toBe(ours)
    expect(text(continueSession(ours, theirs.replace('5004', '6000')))).toBe(sdp.replace('7 01', `7 ${is}`).replace('5004', '6000'))
  })
})
