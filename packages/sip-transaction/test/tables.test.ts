/** Every state × event of the four machines: each cell does what the figures say, each empty cell ignores its event. */
import { readFileSync } from 'node:fs'
import { parse, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import { EVENT } from '../src/compiled.ts'
import type { Hop } from '../src/hop.ts'
import { Interpreter } from '../src/interpreter.ts'
import { INVITE_CLIENT, MACHINES, type Machine, NON_INVITE_CLIENT, RESENDING, TIMER_NAMES } from '../src/machines.ts'
import { hashClientKey } from '../src/matching.ts'
import { type Output, OutputQueue } from '../src/output.ts'
import { Transactions } from '../src/transactions.ts'

/** What the figures say, written down apart from the tables: `machine | state | event | to | effects`. */
const FIGURES = readFileSync(new URL('figures.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const HOP: Hop = { transport: 'UDP', local: { address: '192.0.2.1', port: 5060 }, remote: { address: '192.0.2.2', port: 5060 } }
const T = { t1: 500, t2: 4000, t4: 5000 }
const method = (machine: Machine): string => (machine.name.startsWith('INVITE') ? 'INVITE' : 'OPTIONS')

const FIELDS = (cseq: string): string =>
  `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@a.test>;tag=1\r\nTo: <sip:b@b.test>\r\nCall-ID: c\r\nCSeq: 1 ${cseq}\r\nMax-Forwards: 70\r\n\r\n`
const message = (text: string): SipRequest | SipResponse => {
  const parsed = parse(new TextEncoder().encode(text))
  if (parsed.kind === 'malformed') throw new Error(parsed.code)
  return parsed
}

/** A transaction put into `state`, with the timer of `event` running when it is one. */
function put(number: number, state: string) {
  const machine = MACHINES[number]!
  const live = new Transactions('secret')
  const outputs = new OutputQueue()
  const interpreter = new Interpreter(live, outputs, T)
  const request = message(`${method(machine)} sip:b@b.test SIP/2.0\r\n${FIELDS(method(machine))}`) as SipRequest
  const client = number === INVITE_CLIENT || number === NON_INVITE_CLIENT
  hashClientKey(live.hash, 'z9hG4bKx', method(machine))
  const slot = client ? live.openClient(number, 0, HOP, request.wire) : live.openServer(number, 0, HOP, request)
  live.slots.setState(slot, machine.states.indexOf(state))
  live.slots.setInterval(slot, T.t1)
  const input = { message: message(`SIP/2.0 200 OK\r\n${FIELDS(method(machine))}`), from: HOP, bytes: Uint8Array.of(1), reason: undefined }
  const drain = (): Output[] => {
    const all: Output[] = []
    for (let out = outputs.take(); out !== undefined; out = outputs.take()) all.push(out)
    return all
  }
  return { machine, live, interpreter, slot, input, drain }
}

for (const [number, machine] of MACHINES.entries()) {
  const events = [...new Set(Object.values(machine.table).flatMap(row => Object.keys(row)))]
  describe(`${machine.name} (${machine.clause})`, () => {
    for (const line of FIGURES.filter(line => line.startsWith(`${machine.name} |`))) {
      const [, state, event, to, effects] = line.split(' | ') as [string, string, string, string, string?]
      test(`in ${state}, on ${event}: to ${to}${effects ? `, then ${effects}` : ''}`, () => {
        const cell = machine.table[state]?.[event]
        expect(cell).toEqual({ to, effects: effects ? effects.split(', ') : [] })
        const { live, interpreter, slot, input } = put(number, state)
        const handle = live.slots.handle(slot)
        expect(interpreter.step(0, slot, EVENT[event]!, input)).toBe(true)
        expect(live.stateOf(handle)).toBe(to)
      })
    }

    test('has no cell that the figures do not have', () => {
      const cells = Object.entries(machine.table).flatMap(([state, row]) => Object.keys(row).map(event => `${state} | ${event}`))
      const drawn = FIGURES.filter(line => line.startsWith(`${machine.name} |`)).map(line => line.split(' | ').slice(1, 3).join(' | '))
      expect(cells).toEqual(drawn)
    })

    for (const state of machine.states.filter(name => name !== 'terminated')) {
      for (const event of events.filter(name => machine.table[state]?.[name] === undefined)) {
        test(`in ${state}, ${event} is ignored`, () => {
          const { live, interpreter, slot, input, drain } = put(number, state)
          const before = JSON.stringify([live.slots.state(slot), live.slots.flags(slot), live.stored.size, live.wakes.size])
          expect(interpreter.step(0, slot, EVENT[event]!, input)).toBe(false)
          expect(JSON.stringify([live.slots.state(slot), live.slots.flags(slot), live.stored.size, live.wakes.size])).toBe(before)
          expect(drain()).toEqual([])
        })
      }

      test(`entering ${state} stops the timers it does not list`, () => {
        for (const from of machine.states) {
          for (const [event, cell] of Object.entries(machine.table[from] ?? {})) {
            if (cell?.to !== state || from === state) continue
            const { live, interpreter, slot, input } = put(number, from)
            for (const [i, name] of TIMER_NAMES.entries()) {
              if (machine.table[from]?.[name] === undefined || name === event) continue
              const timer = RESENDING.has(name) ? 2 * slot : 2 * slot + 1
              live.slots.setTimer(timer, i)
              live.wakes.start(timer, 60_000)
            }
            interpreter.step(0, slot, EVENT[event]!, input)
            for (const timer of [2 * slot, 2 * slot + 1]) {
              if (live.wakes.runs(timer)) expect(machine.table[state]).toHaveProperty(TIMER_NAMES[live.slots.timer(timer)]!)
            }
          }
        }
      })
    }

    test('starts a timer that can be 0 only as its last effect, as it may end the transaction', () => {
      for (const row of Object.values(machine.table)) {
        for (const cell of Object.values(row)) {
          const at = cell?.effects.findIndex(effect => /^start [DIJK]$/.test(effect)) ?? -1
          if (at >= 0) expect(at).toBe(cell!.effects.length - 1)
        }
      }
    })
  })
}
