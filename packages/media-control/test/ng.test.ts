/** The NG cores with time as an argument: repetition, giving up, the memory for cookies, checks of commands, statistics. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bdecode,
  bencode,
  bytesOf,
  latin1,
  mediaStatsOf,
  NgClient,
  type NgClientOutput,
  type NgCommand,
  NgServer,
  type NgServerInput,
  readCommand,
  readDatagram,
  refusalOf,
  writeBody,
  writeDatagram,
} from '../src/index.ts'

const ping: NgCommand = { command: 'ping' }
const client = (options: object = {}): NgClient => new NgClient({ cookiePrefix: 'p', ...options })
const sent = (outputs: readonly NgClientOutput[]): Uint8Array[] => outputs.flatMap(output => (output.kind === 'send' ? [output.bytes] : []))
const answerTo = (bytes: Uint8Array, body: object = { result: 'ok' }): Uint8Array =>
  writeDatagram(readDatagram(bytes)!.cookie, writeBody(body as { result: string }, 'bencode'))

/** The times at which something happens when nobody answers. */
function unanswered(core: NgClient, from: number): [number, string][] {
  const log: [number, string][] = core.outputs().map(({ kind }) => [from, kind])
  for (let at = core.nextWake; at !== undefined; at = core.nextWake) {
    core.wake(at)
    log.push(...core.outputs().map(({ kind }): [number, string] => [at!, kind]))
  }
  return log
}

describe('NgClient', () => {
  test('an unanswered command is sent at 0, 250, 750 and 1750 ms and fails at 3000 ms', () => {
    const core = client()
    core.request(ping, 100)
    expect(unanswered(core, 100)).toEqual([
      [100, 'send'],
      [350, 'send'],
      [850, 'send'],
      [1850, 'send'],
      [3100, 'failed'],
    ])
    expect(core.counts()).toEqual({ pending: 0, retransmissions: 3, unmatched: 0, malformed: 0 })
  })

  test('no repetition falls on the end or behind it', () => {
    const core = client({ giveUpMs: 700 })
    core.request(ping, 0)
    expect(unanswered(core, 0).map(([at]) => at)).toEqual([0, 250, 700])
  })

  test('a client woken late gives up without sending again', () => {
    const core = client()
    core.request(ping, 0)
    core.outputs()
    core.wake(10_000)
    expect(core.outputs()).toEqual([{ kind: 'failed', id: 1, code: 'timeout' }])
    expect(core.nextWake).toBeUndefined()
  })

  test('repetitions are the same bytes, and the reply ends them', () => {
    const core = client()
    const id = core.request(ping, 0)
    const [first] = sent(core.outputs())
    core.wake(250)
    expect(sent(core.outputs())).toEqual([first])
    core.receive(answerTo(first!, { result: 'pong' }))
    expect(core.outputs()).toEqual([{ kind: 'reply', id, reply: { result: 'pong' } }])
    expect(core.nextWake).toBeUndefined()
  })

  test('a doubled reply and a stranger are counted, an unreadable one keeps the command waiting', () => {
    const core = client()
    core.request(ping, 0)
    const [bytes] = sent(core.outputs())
    core.receive(bytesOf('q_1 d6:result2:oke'))
    core.receive(new Uint8Array(0))
    core.receive(writeDatagram(readDatagram(bytes!)!.cookie, bytesOf('d6:resu')))
    expect(core.counts()).toMatchObject({ pending: 1, unmatched: 2, malformed: 1 })
    core.receive(answerTo(bytes!))
    core.receive(answerTo(bytes!))
    expect(core.outputs()).toHaveLength(1)
    expect(core.counts()).toMatchObject({ pending: 0, unmatched: 3 })
  })

  test('a refusal has its reason', () => {
    const core = client()
    const id = core.request(ping, 0)
    core.receive(answerTo(sent(core.outputs())[0]!, { result: 'error', 'error-reason': 'Unknown call-id' }))
    expect(core.outputs()).toEqual([{ kind: 'refused', id, reason: 'Unknown call-id' }])
    expect(refusalOf({ result: 'load limit', message: 'Parallel session limit reached' })).toBe('Parallel session limit reached')
    expect(refusalOf({})).toBe('The reply has no result')
  })

  test('too many that wait, too large ones and a closed client fail', () => {
    const core = client({ maxPending: 1 })
    core.request(ping, 0)
    core.request(ping, 0)
    core.request({ command: 'echo', 'call-id': 'c', 'from-tag': 'a', sdp: 'x'.repeat(65_500) }, 0)
    core.close()
    expect(core.outputs().flatMap(output => (output.kind === 'failed' ? [output.code] : []))).toEqual(['busy', 'too-large', 'closed'])
  })

  test('every request ends exactly once, whatever is lost, doubled or late', () => {
    const step = fc.record({ kind: fc.constantFrom('request', 'wake', 'answer', 'answer twice'), pause: fc.nat(900), pick: fc.nat(50) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const core = client()
        const ended = new Map<number, number>()
        const wire: Uint8Array[] = []
        let [now, asked] = [0, 0]
        const drain = (): void => {
          for (const output of core.outputs()) {
            if (output.kind === 'send') wire.push(output.bytes)
            else ended.set(output.id, (ended.get(output.id) ?? 0) + 1)
          }
        }
        for (const { kind, pause, pick } of steps) {
          now += pause
          if (kind === 'request') asked = core.request(ping, now)
          else if (kind === 'wake') core.wake(now)
          else if (wire.length > 0) for (let n = kind === 'answer' ? 1 : 2; n > 0; n--) core.receive(answerTo(wire[pick % wire.length]!))
          drain()
        }
        for (let at = core.nextWake; at !== undefined; at = core.nextWake) {
          core.wake(at)
          drain()
        }
        expect([ended.size, [...ended.values()].every(times => times === 1), core.counts().pending]).toEqual([asked, true, 0])
      }),
    )
  })
})

describe('NgServer', () => {
  const datagram = (cookie: string, body: object = ping): Uint8Array => writeDatagram(cookie, bencode(body as typeof ping))
  const text = (input: NgServerInput): string => (input.kind === 'reply' ? latin1(input.bytes) : input.kind)

  test('a repeated cookie gets the stored reply, and nothing while the command is under way', () => {
    const server = new NgServer()
    const input = server.receive(datagram('1'), 'a', 0)
    expect(input).toMatchObject({ kind: 'command', command: ping })
    expect(server.receive(datagram('1'), 'a', 1)).toEqual({ kind: 'ignored' })
    const bytes = server.reply((input as { key: string }).key, { result: 'pong' })
    expect(latin1(bytes!)).toBe('1 d6:result4:ponge')
    expect(server.receive(datagram('1', { command: 'list' }), 'a', 2)).toEqual({ kind: 'reply', bytes })
    expect(server.counts()).toMatchObject({ commands: 1, repeated: 2, kept: 1, keptBytes: bytes!.length })
  })

  test('the same cookie of another sender is another command', () => {
    const server = new NgServer()
    server.receive(datagram('1'), 'a', 0)
    expect(server.receive(datagram('1'), 'b', 0)).toMatchObject({ kind: 'command' })
  })

  test('after ten seconds a cookie is new', () => {
    const server = new NgServer()
    server.receive(datagram('1'), 'a', 0)
    expect(server.receive(datagram('1'), 'a', 9_999)).toEqual({ kind: 'ignored' })
    expect(server.receive(datagram('1'), 'a', 10_000)).toMatchObject({ kind: 'command' })
    expect(server.counts().kept).toBe(1)
  })

  test('memory is bounded in replies and in bytes, the oldest go first', () => {
    const server = new NgServer({ maxKept: 100, maxKeptBytes: 1000 })
    for (let number = 0; number < 1000; number++) {
      const input = server.receive(datagram(String(number)), 'a', 0) as { key: string }
      server.reply(input.key, { result: 'ok', sdp: 'x'.repeat(number % 200) })
      expect(server.counts().kept).toBeLessThanOrEqual(100)
      expect(server.counts().keptBytes).toBeLessThanOrEqual(1300)
    }
    expect(server.receive(datagram('999'), 'a', 0)).toMatchObject({ kind: 'reply' })
    expect(server.receive(datagram('0'), 'a', 0)).toMatchObject({ kind: 'command' })
  })

  test('a reply to a forgotten command, or a second one, is not sent', () => {
    const server = new NgServer({ maxKept: 1 })
    const { key } = server.receive(datagram('1'), 'a', 0) as { key: string }
    const { key: second } = server.receive(datagram('2'), 'a', 0) as { key: string }
    expect(server.reply(key, { result: 'ok' })).toBeUndefined()
    expect(server.reply(second, { result: 'ok' })).toBeDefined()
    expect(server.reply(second, { result: 'ok' })).toBeUndefined()
  })

  test('a reply that no datagram holds becomes an error', () => {
    const server = new NgServer()
    const { key } = server.receive(datagram('1'), 'a', 0) as { key: string }
    expect(latin1(server.reply(key, { result: 'ok', sdp: 'x'.repeat(70_000) })!)).toContain('Reply too large')
  })

  test('JSON is answered in JSON, errors too', () => {
    const server = new NgServer()
    const { key } = server.receive(bytesOf('1 {"command":"ping"}'), 'a', 0) as { key: string }
    expect(latin1(server.reply(key, { result: 'pong' })!)).toBe('1 {"result":"pong"}')
    expect(text(server.receive(bytesOf('2 {"command":'), 'a', 0))).toBe('2 {"result":"error","error-reason":"Not JSON"}')
    expect(text(server.receive(bytesOf('3 {"command":"sing"}'), 'a', 0))).toContain('Unrecognized command')
  })

  test('what has no cookie is ignored, what is unreadable is told so', () => {
    const server = new NgServer()
    for (const bytes of ['', ' ', 'x', ` ${'d'.repeat(9)}`, `${'c'.repeat(129)} de`, 'a\0b de']) {
      expect(server.receive(bytesOf(bytes), 'a', 0)).toEqual({ kind: 'ignored' })
    }
    expect(text(server.receive(bytesOf('1 d7:commandi1ee'), 'a', 0))).toContain('Unrecognized command')
    expect(text(server.receive(bytesOf('1 d7:command'), 'a', 0))).toContain('Bencode truncated at byte 10')
  })

  test('no datagram makes it throw', () => {
    const server = new NgServer()
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.tuple(fc.stringMatching(/^[ -~]{0,5}$/), fc.json()).map(([cookie, json]) => bytesOf(`${cookie} ${json}`)),
    )
    fc.assert(
      fc.property(noise, bytes => void server.receive(bytes, 'a', 0)),
      { numRuns: 2000, interruptAfterTimeLimit: 2000 },
    )
  })
})

describe('readCommand', () => {
  const offer = { command: 'offer', 'call-id': 'c', 'from-tag': 'a', sdp: 's' }

  test('a command is handed on with the fields nobody listed', () => {
    expect(readCommand({ ...offer, 'record call': 'yes' })).toEqual({ kind: 'command', command: { ...offer, 'record call': 'yes' } })
  })

  test('a string for a list, digits for a number and spaces in names are understood', () => {
    expect(readCommand({ ...offer, replace: 'origin', 'via branch': 'b' })).toMatchObject({
      command: { replace: ['origin'], 'via-branch': 'b' },
    })
    expect(readCommand({ command: 'delete', 'call-id': 'c', 'delete delay': '0' })).toMatchObject({ command: { 'delete-delay': 0 } })
  })

  test.each([
    [{}, 'Unrecognized command'],
    [{ command: 'toString' }, 'Unrecognized command'],
    [{ command: 'offer', 'from-tag': 'a', sdp: 's' }, 'No call-id in message'],
    [{ ...offer, 'call-id': '' }, 'No call-id in message'],
    [{ ...offer, command: 'answer' }, 'No to-tag in message'],
    [{ ...offer, 'from-tag': 7 }, 'from-tag is not a string'],
    [{ ...offer, flags: [1] }, 'flags is not a list'],
    [{ command: 'list', limit: 'many' }, 'limit is not a number'],
    [{ command: 'echo', 'call-id': 'c', 'from-tag': 'a' }, 'No SDP body in message'],
  ])('%j is refused', (body, reason) => {
    expect(readCommand(body as { command: string })).toEqual({ kind: 'refused', reason })
  })
})

describe('mediaStatsOf', () => {
  const stream = (packets: number, flag: string, more: object = {}): object => ({
    'local port': 4,
    'last packet': 1_700_000_000 + packets,
    stats: { packets, bytes: packets * 172, errors: 0 },
    flags: [flag, 'filled'],
    ...more,
  })
  const reply = (streams: object[], more: object = {}): ReturnType<typeof mediaStatsOf> => {
    const bytes = bencode({ result: 'ok', tags: { A: { tag: 'A', medias: [{ index: 1, type: 'audio', streams }] } }, ...more } as {
      result: string
    })
    const decoded = bdecode(bytes)
    return mediaStatsOf((decoded as unknown as { value: { result: string } }).value)
  }

  test('our relay says what was lost, RTCP is left out, several m-lines are added up', () => {
    expect(reply([stream(10, 'RTP', { lost: 2, jitter: 3 }), stream(99, 'RTCP'), stream(5, 'RTP', { lost: 1, jitter: 7 })])).toEqual([
      { tag: 'A', packets: 15, bytes: 2580, lost: 3, jitter: 7, lastPacket: 1_700_000_010 },
    ])
  })

  test('an rtpengine says what was lost per SSRC', () => {
    expect(reply([stream(10, 'RTP', { SSRC: 7 })], { SSRC: { 7: { 'cumulative loss': 4 } } })).toMatchObject([{ lost: 4 }])
    expect(reply([stream(10, 'RTP', { SSRC: 7 })])[0]).not.toHaveProperty('lost')
  })

  test('how it sounded: our relay says it of each stream, an rtpengine of each SSRC that was reported on', () => {
    const ours = [stream(10, 'RTP', { jitter: 3, MOS: 44, 'round-trip time': 41_536 }), stream(5, 'RTP', { jitter: 7, MOS: 41 })]
    expect(reply(ours)).toMatchObject([{ jitter: 7, mos: 4.1, roundTrip: 41.536 }])
    const average = { MOS: 43, 'round-trip time': 1200, jitter: 2, 'packet loss': 0, samples: 3 }
    const theirs = {
      SSRC: {
        7: { 'cumulative loss': 0, 'average MOS': average, 'lowest MOS': { MOS: 40 } },
        8: {},
        9: { 'average MOS': { MOS: 0, jitter: 0, 'round-trip time': 0 } },
      },
    }
    expect(reply([stream(10, 'RTP', { SSRC: 7 })], theirs)).toMatchObject([{ jitter: 2, mos: 4.3, roundTrip: 1.2 }])
    expect(reply([stream(10, 'RTP', { SSRC: 9 })], theirs)).toEqual([
      { tag: 'A', packets: 10, bytes: 1720, jitter: 0, lastPacket: 1_700_000_010 },
    ])
    for (const key of ['jitter', 'mos', 'roundTrip']) expect(reply([stream(10, 'RTP', { SSRC: 8 })], theirs)[0]).not.toHaveProperty(key)
  })

  test('our relay tells the last packet to the millisecond', () => {
    expect(reply([stream(10, 'RTP', { 'last packet ms': 1_700_000_010_625 })])).toMatchObject([{ lastPacket: 1_700_000_010.625 }])
  })

  test('the time of a stream without packets is none', () => {
    expect(reply([stream(0, 'RTP')])).toEqual([{ tag: 'A', packets: 0, bytes: 0, lastPacket: 0 }])
  })

  test('a reply of another shape has no entries, or zeros', () => {
    expect(mediaStatsOf({ result: 'ok', warning: 'Call-ID not found' })).toEqual([])
    expect(mediaStatsOf({ tags: { A: 'x', B: { medias: [{ streams: [{ stats: { packets: 'many' } }, 7] }, 'x'] }, C: {} } })).toEqual([
      { tag: 'B', packets: 0, bytes: 0, lastPacket: 0 },
      { tag: 'C', packets: 0, bytes: 0, lastPacket: 0 },
    ])
  })
})
