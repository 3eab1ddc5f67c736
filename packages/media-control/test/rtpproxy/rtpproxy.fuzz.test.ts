/** Nothing that comes from the network throws, and what reads as a command can be written. Searches for STROWGER_FUZZ_MS milliseconds, 2000 by default. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf, latin1 } from '../../src/index.ts'
import { readRtppCommand, readRtppReply, rtppClient, rtppServer, writeRtppCommand, writeRtppReply } from '../../src/rtpproxy.ts'
import { exchange, rtppCommand } from './arbitraries.ts'
import { KAMAILIO_LINES } from './kamailio-lines.ts'

const BUDGET_MS = Number(process.env.STROWGER_FUZZ_MS ?? 2000)
const options = { interruptAfterTimeLimit: BUDGET_MS / 2, numRuns: 100_000_000, endOnFailure: true } as const
const patience = BUDGET_MS + 20_000

const VERBS = ['V', 'VF', 'U', 'L', 'D', 'P', 'S', 'R', 'C', 'N', 'Q', 'X', 'G', 'I']
/** Every letter behind a verb, with what follows some of them. */
const MODIFIERS = [...'AaSsEIei46WwNnVvBbLl', 'Z20', 'z', 'c8,0', 'C', 'L192.0.2.1', 'R[2001:db8::1]', 'r', '-3', '%', ';1']
const MEANINGFUL = [...VERBS, ...MODIFIERS, ' ', ' && ', ';', '[', ']', ',', '%%CC_SELF%%', '\n', '\0', '\xff', 'unix:/x', 'session']
const ARGUMENTS = [
  'call',
  'A',
  'B',
  'A;1',
  'B;65535',
  '192.0.2.1',
  '2001:db8::1',
  '0',
  '4000',
  '65536',
  'session',
  '8,0',
  'unix:/x',
  'a%20b',
  'nsess_created',
]
type Change = readonly [place: number, kind: number, byte: number]
const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(MEANINGFUL.length + 1), fc.nat(255)), { maxLength: 6 })

/** Some bytes replaced by ones that mean something, put in, or taken out. */
function changed(text: string, made: readonly Change[]): string {
  return made.reduce((before, [place, kind, byte]) => {
    const at = Math.floor(place * before.length)
    const [head, tail] = [before.slice(0, at), before.slice(at)]
    if (kind < MEANINGFUL.length) return head + MEANINGFUL[kind] + tail.slice(byte & 1)
    return kind === MEANINGFUL.length ? head + tail.slice(1 + (byte & 7)) : head + String.fromCharCode(byte) + tail
  }, text)
}

/** A verb with any letters and words behind it, as nobody may have sent it yet. */
const invented = fc
  .tuple(
    fc.constantFrom(...VERBS),
    fc.array(fc.constantFrom(...MODIFIERS), { maxLength: 6 }),
    fc.array(fc.constantFrom(...ARGUMENTS), { maxLength: 8 }),
  )
  .map(([verb, letters, words]) => [verb + letters.join(''), ...words].join(' '))
const seed = fc.oneof(
  fc.constantFrom(...KAMAILIO_LINES.map(([text]) => text)),
  rtppCommand.map(one => latin1(writeRtppCommand(one))),
  invented,
)
const line = fc.oneof(
  invented,
  fc.tuple(seed, changes).map(([text, made]) => changed(text, made)),
)

describe('rubbish never throws', () => {
  it('and every verb is among it, with and without its letters', () => {
    const seen = new Set<string>()
    for (const text of fc.sample(invented, { numRuns: 5000, seed: 1 })) {
      const read = readRtppCommand(bytesOf(text))
      if (read.kind === 'command') seen.add(read.command.command)
    }
    expect(seen.size).toBe(14)
  })

  it(
    'as a command: it has a code, or reads, writes and reads as the same',
    () => {
      const server = rtppServer({ maxKept: 100 })
      let cookie = 0
      const one = (text: string): void => {
        const read = readRtppCommand(bytesOf(text))
        if (read.kind === 'command') {
          expect(readRtppCommand(writeRtppCommand(read.command))).toEqual(read)
        }
        const input = server.receive(bytesOf(`c${cookie++} ${text}`), 'someone', cookie)
        expect(input.kind).toBe(read.kind === 'command' ? 'command' : 'reply')
        server.receive(bytesOf(text), 'someone', cookie)
      }
      fc.assert(fc.property(line, one), options)
    },
    patience,
  )

  it(
    'as a reply: it answers the command or not',
    () => {
      const client = rtppClient({ cookiePrefix: 'p' })
      const replies = fc.tuple(exchange, changes)
      fc.assert(
        fc.property(replies, ([[command, reply], made]) => {
          const text = changed(latin1(writeRtppReply(reply, command)), made)
          const read = readRtppReply(bytesOf(text), command)
          if (read) expect(readRtppReply(writeRtppReply(read, command), command)).toEqual(read)
          const id = client.request(command, 0)
          client.receive(bytesOf(`p_${id.toString(36)} ${text}`))
          expect(client.outputs().some(({ kind }) => kind === 'reply' || kind === 'refused')).toBe(read !== undefined)
          client.close()
          client.outputs()
        }),
        options,
      )
    },
    patience,
  )
})
