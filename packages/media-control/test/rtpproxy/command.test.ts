/** Commands of rtpproxy's protocol: what Kamailio sends, what reads back, which code answers what cannot be read. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, latin1 } from '../../src/index.ts'
import { RTPP_ERRORS, type RtppErrorName, readRtppCommand, readRtppReply, writeRtppCommand, writeRtppReply } from '../../src/rtpproxy.ts'
import { exchange, rtppCommand } from './arbitraries.ts'
import { KAMAILIO_LINES } from './kamailio-lines.ts'

describe("Kamailio's lines", () => {
  test.each(KAMAILIO_LINES)('%s', (line, command) => {
    expect(readRtppCommand(bytesOf(line))).toEqual({ kind: 'command', command })
    expect(latin1(writeRtppCommand(command))).toBe(line)
  })
})

describe('both ways', () => {
  test('any command reads back as it was', () => {
    fc.assert(
      fc.property(rtppCommand, command => {
        expect(readRtppCommand(writeRtppCommand(command))).toEqual({ kind: 'command', command })
      }),
    )
  })

  test('any reply reads back beside its command', () => {
    fc.assert(
      fc.property(exchange, ([command, reply]) => {
        expect(readRtppReply(writeRtppReply(reply, command), command)).toEqual(reply)
      }),
    )
  })

  test('letters of either case, blanks of any sort and a line end are the same command', () => {
    const read = (line: string): unknown => readRtppCommand(bytesOf(line))
    expect(read('uaeiz20C8,0w6n  c\t192.0.2.1 4000 f t\r\n')).toEqual(read('UAEI6WZ20Nc8,0 c 192.0.2.1 4000 f t'))
  })

  test('a notification has a tag with bytes escaped, with or without the other tag', () => {
    const line = 'U c 192.0.2.1 4000 f unix:/run/x a%20b%25'
    const notify = { socket: 'unix:/run/x', tag: 'a b%' }
    const update = { command: 'update', callId: 'c', address: '192.0.2.1', port: 4000, from: { tag: 'f' }, notify } as const
    expect(readRtppCommand(bytesOf(line))).toEqual({ kind: 'command', command: update })
    expect(readRtppCommand(bytesOf('U c 192.0.2.1 4000 f t unix:/run/x a%20b%25'))).toEqual({
      kind: 'command',
      command: { ...update, to: { tag: 't' } },
    })
    expect(latin1(writeRtppCommand(update))).toBe(line)
  })

  test('an address of IPv6 is answered with its family', () => {
    const command = { command: 'lookup', callId: 'c', address: '::1', port: 1, from: { tag: 'f' } } as const
    const reply = { kind: 'port', port: 35_000, address: '2001:db8::7' } as const
    expect(latin1(writeRtppReply(reply, command))).toBe('35000 2001:db8::7 6\n')
  })

  test('a reply that answers something else is none', () => {
    expect(readRtppReply(bytesOf('0'), { command: 'version' })).toBeUndefined()
    expect(readRtppReply(bytesOf('20040107 x'), { command: 'version' })).toBeUndefined()
    expect(readRtppReply(bytesOf('99999'), { command: 'lookup', callId: 'c', address: 'a', port: 1, from: { tag: 'f' } })).toBeUndefined()
    expect(readRtppReply(bytesOf('1 2'), { command: 'statistics', counters: ['a'] })).toBeUndefined()
    expect(readRtppReply(bytesOf('sessions: 1'), { command: 'info' })).toBeUndefined()
  })

  test('what would not read back cannot be written', () => {
    const update = { command: 'update', callId: 'c', address: '192.0.2.1', port: 4000, from: { tag: 'f' } } as const
    expect(() => writeRtppCommand({ ...update, callId: 'a b' })).toThrow(TypeError)
    expect(() => writeRtppCommand({ ...update, callId: '' })).toThrow(TypeError)
    expect(() => writeRtppCommand({ ...update, port: 70_000 })).toThrow(TypeError)
    expect(() => writeRtppCommand({ ...update, codecs: [] })).toThrow(TypeError)
    expect(() => writeRtppCommand({ ...update, ptimeMs: 0 })).toThrow(TypeError)
    expect(() => writeRtppCommand({ ...update, from: { tag: 'f;1' } })).toThrow('another command')
    expect(() => writeRtppCommand({ ...update, to: { tag: 'unix:/x' } })).toThrow('another command')
    expect(() => writeRtppCommand({ ...update, notify: { socket: 'somewhere' } })).toThrow('another command')
    expect(() => writeRtppCommand({ ...update, weak: false, from: { tag: '&&' } })).toThrow('E3')
    expect(latin1(writeRtppCommand({ ...update, weak: false, notify: { socket: '/x', tag: '&&' } }))).toMatch(/ %26%26$/)
    expect(() => writeRtppCommand({ command: 'query', callId: 'c', from: { tag: 'f' }, counters: ['ttl'] })).toThrow(TypeError)
  })
})

const REFUSED: readonly (readonly [line: string, error: RtppErrorName])[] = [
  ['', 'unreadable'],
  ['U\x01 c a 1 f', 'unreadable'],
  [`V ${'x'.repeat(9000)}`, 'unreadable'],
  ['Y', 'unknown-command'],
  ['U c 192.0.2.1 4000', 'argument-count'],
  ['D c', 'argument-count'],
  ['V 1', 'argument-count'],
  ['Vx', 'modifiers-not-taken'],
  ['Xa', 'modifiers-not-taken'],
  ['Sa c f', 'modifiers-not-taken'],
  ['U c 192.0.2.1 4000 f && M1', 'subcommand-not-taken'],
  ['RSx c f', 'record-after-single'],
  ['Rx c f', 'record-modifier'],
  ['Dx c f', 'delete-modifier'],
  ['Gx', 'statistics-modifier'],
  ['U c 192.0.2.1 4000 f t unix:/x %zz', 'notify-tag'],
  ['UEEE c 192.0.2.1 4000 f', 'external-direction'],
  // Kamailio sends this for its flags `ix`.
  ['UIII c 192.0.2.1 4000 f', 'internal-direction'],
  ['UZ0 c 192.0.2.1 4000 f', 'ptime'],
  ['UZ1000 c 192.0.2.1 4000 f', 'ptime'],
  ['Uc c 192.0.2.1 4000 f', 'codecs'],
  ['Uc1c2 c 192.0.2.1 4000 f', 'codecs'],
  ['Uc128 c 192.0.2.1 4000 f', 'codecs'],
  ['UL c 192.0.2.1 4000 f', 'local-modifier'],
  ['UR[::1 c 192.0.2.1 4000 f', 'remote-modifier'],
  ['Px c n session f', 'play-times'],
  ['Ix', 'info-modifier'],
  ['Qx c f', 'query-modifier'],
  ['U! c 192.0.2.1 4000 f', 'stream-modifier'],
  ['U c 192.0.2.1 65536 f', 'media-address'],
  ['L c 192.0.2.1 x f', 'media-address'],
]

describe('what cannot be read has a code', () => {
  test.each(REFUSED)('%s: %s', (line, error) => {
    expect(readRtppCommand(bytesOf(line))).toEqual({ kind: 'error', code: RTPP_ERRORS[error] })
  })
})
