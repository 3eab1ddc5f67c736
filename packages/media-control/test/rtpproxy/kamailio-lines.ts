/** What a Kamailio 5.6.3 with its rtpproxy module sends, without the cookie, and what it means. Recorded on loopback. */
import type { RtppCommand } from '../../src/rtpproxy.ts'

const from = { tag: 'from1', media: 1 } as const
const to = { tag: 'to1', media: 1 } as const
const at = { address: '127.0.0.1', port: 40_000 } as const
const codecs = [8, 0, 101] as const

export const KAMAILIO_LINES: readonly (readonly [line: string, command: RtppCommand, does: string])[] = [
  ['V', { command: 'version' }, 'at its start'],
  ['VF 20050322', { command: 'feature', feature: '20050322' }, 'at its start'],
  ['Uc8,0,101 call-1@x 127.0.0.1 40000 from1;1', { command: 'update', callId: 'call-1@x', ...at, from, codecs }, 'rtpproxy_offer()'],
  [
    'Uc96 call-4@x 127.0.0.1 40010 from1;2',
    { command: 'update', callId: 'call-4@x', address: '127.0.0.1', port: 40_010, from: { tag: 'from1', media: 2 }, codecs: [96] },
    'a second m-line',
  ],
  [
    'U6c8 call-5@x 127.0.0.1 40000 from1;1',
    { command: 'update', callId: 'call-5@x', ...at, from, family: 6, codecs: [8] },
    'an SDP of IPv6 from an IPv4 source',
  ],
  ['Uc8,0,101 call-7@x 127.0.0.1 40000 from1;1 to1;1', { command: 'update', callId: 'call-7@x', ...at, from, to, codecs }, 'a re-INVITE'],
  [
    'UAc8,0,101 call-8@x 192.0.2.1 40000 from1;1',
    { command: 'update', callId: 'call-8@x', address: '192.0.2.1', port: 40_000, from, symmetry: 'asymmetric', codecs },
    'flag a',
  ],
  [
    'USc8,0,101 call-9@x 127.0.0.1 40000 from1;1',
    { command: 'update', callId: 'call-9@x', ...at, from, symmetry: 'symmetric', codecs },
    'flag w',
  ],
  [
    'UEIc8,0,101 call-10@x 127.0.0.1 40000 from1;1',
    { command: 'update', callId: 'call-10@x', ...at, from, directions: ['external', 'internal'], codecs },
    'flags ei',
  ],
  [
    'UZ20c8,0,101 call-12@x 127.0.0.1 40000 from1;1',
    { command: 'update', callId: 'call-12@x', ...at, from, ptimeMs: 20, codecs },
    'flag z20',
  ],
  [
    'Uc8,0,101 call-19@x;z9hG4bK19INVITE 127.0.0.1 40000 from1;1',
    { command: 'update', callId: 'call-19@x;z9hG4bK19INVITE', ...at, from, codecs },
    'flag 1: the branch behind the Call-ID',
  ],
  [
    'Uc8,0,101 call-6@x 127.0.0.1 40000 from1;1 to1;1 http://127.0.0.1:8000/RPC2',
    { command: 'update', callId: 'call-6@x', ...at, from, to, codecs, notify: { socket: 'http://127.0.0.1:8000/RPC2' } },
    'timeout_socket in a re-INVITE: a socket without a tag',
  ],
  [
    'Lc8,0,101 call-1@x 127.0.0.1 40000 to1;1 from1;1',
    { command: 'lookup', callId: 'call-1@x', ...at, from: to, to: from, codecs },
    "rtpproxy_answer() for an ACK: the offer was the callee's",
  ],
  [
    'LAEIc8,0,101 call-3@x 192.0.2.1 40000 to1;1 from1;1',
    {
      command: 'lookup',
      callId: 'call-3@x',
      address: '192.0.2.1',
      port: 40_000,
      from: to,
      to: from,
      symmetry: 'asymmetric',
      directions: ['external', 'internal'],
      codecs,
    },
    'rtpproxy_answer("aei")',
  ],
  ['R call-21@x from1 to1', { command: 'record', callId: 'call-21@x', from: { tag: 'from1' }, to: { tag: 'to1' } }, 'start_recording()'],
  [
    'P3 call-22@x /tmp/x session to1;1 from1;1',
    { command: 'play', callId: 'call-22@x', prompt: '/tmp/x', codecs: 'session', times: 3, from: to, to: from },
    'rtpproxy_stream2uas("/tmp/x", "3")',
  ],
  ['S call-23@x to1;1 from1;1', { command: 'stop-play', callId: 'call-23@x', from: to, to: from }, 'rtpproxy_stop_stream2uas()'],
  ['D call-24@x from1 to1', { command: 'delete', callId: 'call-24@x', from: { tag: 'from1' }, to: { tag: 'to1' } }, 'rtpproxy_destroy()'],
  ['D call-25@x from1', { command: 'delete', callId: 'call-25@x', from: { tag: 'from1' } }, 'for a CANCEL'],
  ['Q call-27@x from1;1 to1', { command: 'query', callId: 'call-27@x', from, to: { tag: 'to1' } }, '$rtpstat'],
]
