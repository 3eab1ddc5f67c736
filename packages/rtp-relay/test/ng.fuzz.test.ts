/** Offers and answers of any shape: a refusal or an SDP that can be read, never another error, and no port is lost. RFC 8866, RFC 3264. */
import { bytesOf, latin1, MediaError, type NgCommand } from '@strowger/media-control'
import { parseSdp } from '@strowger/sdp'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Relay } from '../src/index.ts'
import { handle } from '../src/ng/handle.ts'
import { Switchboard } from '../src/ng/switchboard.ts'
import { portRange } from './phone.ts'

const interfaces = { inside: { address: '127.0.0.1' }, outside: { address: '127.0.0.2', advertised: '198.51.100.7' } }
let relay: Relay
let board: Switchboard

beforeAll(async () => {
  relay = await Relay.start({ interfaces, ports: portRange(200), restMs: 0 })
  board = new Switchboard(relay, { interfaces, silenceMs: 0 })
})
afterAll(() => relay.close())

const line = fc.oneof(
  fc.constantFrom(
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.1',
    'o=a b c 1 1 IN IP6 ::1',
    's=-',
    't=0 0',
    'c=IN IP4 192.0.2.1',
    'c=IN IP4 0.0.0.0',
    'c=IN IP6 ::',
    'c=IN IP4 x.invalid',
  ),
  fc.constantFrom(
    'm=audio 4000 RTP/AVP 8 101',
    'm=audio 0 RTP/AVP 0',
    'm=video 4002/3 RTP/AVPF 96',
    'm=image 4004 udptl t38',
    'm=audio 65535 RTP/SAVP 8',
    'm=message 1 TCP/MSRP *',
  ),
  fc.constantFrom(
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:96',
    'a=rtpmap: ',
    'a=rtcp:70000',
    'a=rtcp:4001 IN IP4 192.0.2.1',
    'a=rtcp-mux',
    'a=sendonly',
    'a=inactive',
    'a=',
    'a=:',
    'a=ptime:x',
  ),
  fc.constantFrom(
    'a=candidate:1 1 UDP 1 192.0.2.1 1 typ host',
    'a=group:BUNDLE 1 2',
    'a=rtpengine:x',
    'a=fmtp:101 0-15',
    'a=crypto:1 x',
    '',
    'x',
    'b=AS:1',
  ),
  fc.uint8Array({ maxLength: 12 }).map(bytes => `a=${latin1(bytes)}`),
)
const sdp = fc
  .tuple(fc.array(line, { maxLength: 14 }), fc.constantFrom('\r\n', '\n'))
  .map(([lines, end]) => ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', ...lines, ''].join(end))
const word = fc.constantFrom(
  'origin',
  'session-connection',
  'sdp-version',
  'username',
  'sess-id',
  'offer',
  'accept',
  'demux',
  'require',
  'reject',
  'trust-address',
  'loop-protect',
  'codec-strip-all',
  'codec-strip-PCMA',
  'single-codec',
  'original-sendrecv',
  'x',
)
const fields = fc.record(
  {
    replace: fc.array(word, { maxLength: 3 }),
    flags: fc.array(word, { maxLength: 3 }),
    'rtcp-mux': fc.array(word, { maxLength: 2 }),
    direction: fc.constantFrom(['inside', 'outside'], ['outside'], ['x', 'y', 'z'], []),
    'address-family': fc.constantFrom('IP4', 'IP6', 'x'),
    'media-address': fc.constantFrom('192.0.2.9', '2001:db8::9', 'x'),
    'received-from': fc.constantFrom(['IP4', '192.0.2.5'], ['x']),
    'transport-protocol': fc.constantFrom('RTP/AVPF', 'RTP/SAVP', 'x'),
    ptime: fc.constantFrom(20, 'x'),
    'via-branch': fc.constantFrom('1', '2'),
    codec: fc.constantFrom({ strip: ['PCMA'] }, { strip: 'all', except: ['PCMU'] }, 'x', ['y']),
    ICE: fc.constantFrom('remove', 'force', 'x'),
  },
  { requiredKeys: [] },
)
const command = fc
  .record({
    command: fc.constantFrom('offer', 'answer', 'delete', 'query', 'block media', 'unblock media', 'silence media', 'echo'),
    from: fc.constantFrom('A', 'B'),
    to: fc.constantFrom('A', 'B', 'C', undefined),
    sdp,
    fields,
  })
  .map(
    ({ command: name, from, to, sdp: text, fields: more }) =>
      ({
        command: name,
        'call-id': 'fuzz',
        'from-tag': from,
        ...(to === undefined ? {} : { 'to-tag': to }),
        sdp: text,
        ...more,
      }) as unknown as NgCommand,
  )

test('a reply or a refusal with a sentence, and every SDP of a reply can be read', () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 1, maxLength: 8 }), commands => {
      for (const one of commands) {
        try {
          const reply = handle(board, one)
          if (reply.sdp !== undefined) expect(parseSdp(latin1(bytesOf(reply.sdp)))).toBeDefined()
        } catch (error) {
          expect(error).toBeInstanceOf(MediaError)
          expect((error as MediaError).message.length).toBeGreaterThan(5)
        }
      }
      handle(board, { command: 'delete', 'call-id': 'fuzz' })
      expect(board.sessions.size).toBe(0)
    }),
    { numRuns: 400 },
  )
})

test('no port is lost over all that', async () => {
  await expect.poll(() => relay.counters().ports).toBe(0)
})
