/** Every state × every event of both legs; a blank is written as `-`. */
import { describe, expect, test } from 'vitest'
import { calleeLeg } from '../src/call/callee-leg.ts'
import { callerLeg } from '../src/call/caller-leg.ts'
import { refusalStatus, refusalStatusInDialog } from '../src/call/refusal-status.ts'

type Any = Readonly<Record<string, Readonly<Partial<Record<string, { readonly to: string; readonly effects: readonly string[] }>>>>>

function drawn(table: Any, events: readonly string[]): string[] {
  return Object.entries(table).map(([state, cells]) => `${state}: ${events.map(event => cells[event]?.to ?? '-').join(' ')}`)
}

const CALLER = ['progress', 'answer', 'ACK', 'no ACK', 'hang up', 'BYE', 'gone']
const CALLEE = ['progress', 'answer', 'refusal', 'ACK', 'no ACK', 'hang up', 'BYE', 'gone']

describe('the legs', () => {
  test('of who calls (RFC 3261 §13.3.1, §15)', () => {
    expect(drawn(callerLeg, CALLER)).toEqual([
      'waiting: ringing answered - - ended ended -',
      'ringing: ringing answered - - ended ended -',
      'answered: - - up ending leaving ended -',
      'leaving: - - ending ending - ended -',
      'up: - - - ending ending ended -',
      'ending: - - - - - ended ended',
      'ended: - - - - - - -',
    ])
  })

  test('of who is called (RFC 3261 §13.2, §9.1, §15)', () => {
    expect(drawn(calleeLeg, CALLEE)).toEqual([
      'waiting: ringing answered ended - - cancelling - -',
      'ringing: ringing answered ended - - cancelling - -',
      'answered: - - - up - ending ended -',
      'up: - - - - ending ending ended -',
      'cancelling: - ending ended - - - - -',
      'ending: - - - - - - ended ended',
      'ended: - - - - - - - -',
    ])
  })

  test('send a BYE whenever they begin to end, and acknowledge a 2xx before (RFC 3261 §13.2.2.4)', () => {
    for (const table of [callerLeg, calleeLeg] as Any[]) {
      for (const cells of Object.values(table)) {
        for (const cell of Object.values(cells)) if (cell?.to === 'ending') expect(cell.effects.at(-1)).toBe('send BYE')
      }
    }
    expect(calleeLeg.answered['hang up']?.effects).toEqual(['send ACK', 'send BYE'])
    expect(calleeLeg.cancelling.answer?.effects).toEqual(['send ACK', 'send BYE'])
  })

  test('know no other event than these', () => {
    for (const cells of Object.values(callerLeg)) for (const event of Object.keys(cells)) expect(CALLER).toContain(event)
    for (const cells of Object.values(calleeLeg)) for (const event of Object.keys(cells)) expect(CALLEE).toContain(event)
  })
})

test('every refusal from 300 to 699 is a refusal to the caller, and never a challenge or a redirection', () => {
  for (let status = 300; status < 700; status++) {
    for (const told of [refusalStatus(status, 'users'), refusalStatus(status, 'trunks'), refusalStatusInDialog(status)]) {
      expect(told).toBeGreaterThanOrEqual(400)
      expect([401, 407]).not.toContain(told)
    }
  }
})
