/** Any lines of rtpproxy's protocol, in any order, at a relay with ports: each has an answer, and when all is deleted nothing is left. Searches for STROWGER_FUZZ_MS ms, 2000 by default. */
import { bytesOf, latin1 } from '@strowger/media-control'
import { type RtppHandlers, type RtppReply, rtppServer, writeRtppReply } from '@strowger/media-control/rtpproxy'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Relay } from '../src/index.ts'
import { Switchboard } from '../src/ng/switchboard.ts'
import { rtppHandlers } from '../src/rtpproxy/handlers.ts'
import { Streams } from '../src/rtpproxy/streams.ts'
import { portRange } from './phone.ts'

const BUDGET_MS = Number(process.env.STROWGER_FUZZ_MS ?? 2000)
const options = { interruptAfterTimeLimit: BUDGET_MS, numRuns: 100_000_000, endOnFailure: true } as const

const interfaces = { external: { address: '127.0.0.1' }, internal: { address: '127.0.0.2' }, six: { address: '::1' } }
let relay: Relay
let handlers: RtppHandlers
let board: Switchboard

beforeAll(async () => {
  relay = await Relay.start({ interfaces, ports: portRange(64), restMs: 0 })
  board = new Switchboard(relay, { interfaces, silenceMs: 0 })
  handlers = rtppHandlers(new Streams(board), 60_000)
})
afterAll(() => relay.close())

const oneOf = (...words: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...words)
const letters = fc.array(oneOf(...'AaSEI46Ww', 'Z20', 'N', 'c8,0', 'L127.0.0.1', 'R[::1]'), { maxLength: 4 }).map(all => all.join(''))
const call = oneOf('one', 'two')
const tag = oneOf('A', 'B', 'A;1', 'B;1', 'A;2', 'B;2')
const where = fc.tuple(oneOf('192.0.2.1', '127.0.0.1', '0.0.0.0', '2001:db8::1', '::', 'here'), oneOf('4000', '0', '65535'))
const dialog = fc.tuple(call, tag, fc.option(tag, { nil: '' }))
const updated = fc
  .tuple(oneOf('U', 'L', 'U', 'L'), letters, call, where, tag, fc.option(tag, { nil: '' }), oneOf('', '', ' unix:/run/timeout 12'))
  .map(([verb, behind, id, [address, port], from, to, notify]) => `${verb}${behind} ${id} ${address} ${port} ${from} ${to}${notify}`)
const ofDialog = fc
  .tuple(oneOf('D', 'DW', 'Q', 'Qv', 'S', 'R', 'RS', 'N', 'NA'), dialog)
  .map(([verb, [id, from, to]]) => `${verb} ${id} ${from} ${to}`)
const others = fc.oneof(
  oneOf(
    'V',
    'VF 20040107',
    'VF 20050322',
    'X',
    'I',
    'IB',
    'G',
    'G nsess_created npkts_rcvd',
    'Gv nsess_timeout',
    'G no_such_thing',
    'nothing',
  ),
  dialog.map(([id, from, to]) => `P3 ${id} prompt session ${from} ${to}`),
  dialog.map(([id, from, to]) => `C ${id} 127.0.0.1:9000 ${from} ${to}`),
  dialog.map(([id, from, to]) => `Q ${id} ${from} ${to || 'B'} npkts_ina ttl`),
)
const lines = fc.array(fc.oneof({ weight: 3, arbitrary: updated }, { weight: 2, arbitrary: ofDialog }, others), {
  minLength: 1,
  maxLength: 24,
})

const answers = rtppServer({ maxKept: 100 })
let cookie = 0

/** The answer of the relay, of a line that is none of its protocol the server's own. */
async function answerTo(line: string): Promise<RtppReply | undefined> {
  const input = answers.receive(bytesOf(`c${cookie++} ${line.trim()}`), 'someone', cookie)
  if (input.kind !== 'command') return undefined
  const { command } = input
  if (command.command === 'version') return { kind: 'version', version: '20040107' }
  if (command.command === 'feature') return { kind: 'feature', known: handlers.features?.includes(command.feature) === true }
  const handler = handlers[command.command] as ((asked: typeof command) => RtppReply | Promise<RtppReply>) | undefined
  expect(handler, command.command).toBeTypeOf('function')
  const reply = await handler!(command)
  expect(latin1(writeRtppReply(reply, command)).length).toBeGreaterThan(0)
  return reply
}

it(
  'whatever is asked has an answer; ports are of one stream each, and free when it ends',
  async () => {
    await fc.assert(
      fc.asyncProperty(lines, async all => {
        for (const line of all) {
          const reply = await answerTo(line)
          if (reply?.kind === 'port' && reply.port > 0) expect(reply.port % 2).toBe(0)
        }
        const ports = [...board.sessions.values()].flatMap(({ legs }) =>
          legs.flatMap(({ party }) => party.media.map(({ bound, local }) => `${bound} ${local.port}`)),
        )
        expect(new Set(ports).size).toBe(ports.length)
        expect(await answerTo('X')).toEqual({ kind: 'done' })
        expect(board.sessions.size).toBe(0)
      }),
      options,
    )
    await expect.poll(() => relay.counters().ports).toBe(0)
  },
  BUDGET_MS + 60_000,
)
