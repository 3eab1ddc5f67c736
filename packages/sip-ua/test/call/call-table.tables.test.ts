/** Every state and every event of a call, empty cells included. RFC 3261 §13, §15. */
import { describe, expect, test } from 'vitest'
import { type CallEffect, type CallEvent, type CallState, callTable } from '../../src/call/index.ts'

const EVENTS: readonly CallEvent[] = [
  'ring',
  'accept',
  'accept later',
  'describe',
  'hang up',
  'again',
  '1xx',
  '2xx',
  '2xx with offer',
  'refusal',
  'no answer',
  'CANCEL',
  'PRACK',
  'no PRACK',
  'ACK',
  'no ACK',
  'BYE',
  'BYE answered',
  'gone',
  'expired',
]

/** What each state makes of each event; what is not written here is ignored. */
const EXPECTED: Readonly<Record<CallState, string>> = {
  calling: `again: calling
    1xx: early
    2xx: confirmed, send ACK, tell answered
    2xx with offer: acknowledging, tell answered
    refusal: ended, tell ended
    no answer: ended, tell ended
    hang up: cancelling, send CANCEL
    expired: cancelling, send CANCEL`,
  early: `again: calling
    1xx: early
    2xx: confirmed, send ACK, tell answered
    2xx with offer: acknowledging, tell answered
    refusal: ended, tell ended
    no answer: ended, tell ended
    hang up: cancelling, send CANCEL
    expired: cancelling, send CANCEL`,
  acknowledging: `describe: confirmed, send ACK, tell confirmed
    hang up: ending, send ACK, send BYE, tell ended
    BYE: ended, send ACK, tell ended`,
  cancelling: `2xx: ending, send ACK, send BYE, tell ended
    2xx with offer: ending, send ACK, send BYE, tell ended
    refusal: ended, tell ended
    no answer: ended, tell ended`,
  incoming: `ring: ringing, send 1xx
    accept: answered, send 2xx
    hang up: ended, refuse, tell ended
    CANCEL: ended, refuse, tell ended
    expired: ended, refuse, tell ended
    BYE: ended, refuse, tell ended`,
  ringing: `ring: ringing, send 1xx
    PRACK: ringing
    accept: answered, send 2xx
    accept later: holding
    hang up: ended, refuse, tell ended
    CANCEL: ended, refuse, tell ended
    expired: ended, refuse, tell ended
    BYE: ended, refuse, tell ended
    no PRACK: ended, refuse, tell ended
    gone: ended, refuse, tell ended`,
  holding: `PRACK: answered, send 2xx
    hang up: ended, refuse, tell ended
    CANCEL: ended, refuse, tell ended
    expired: ended, refuse, tell ended
    BYE: ended, refuse, tell ended
    no PRACK: ended, refuse, tell ended
    gone: ended, refuse, tell ended`,
  answered: `ACK: confirmed, stop 2xx, tell confirmed
    no ACK: ending, stop 2xx, send BYE, tell ended
    hang up: leaving
    gone: leaving
    BYE: ended, stop 2xx, tell ended`,
  leaving: `ACK: ending, stop 2xx, send BYE, tell ended
    no ACK: ending, stop 2xx, send BYE, tell ended
    BYE: ended, stop 2xx, tell ended`,
  confirmed: `hang up: ending, stop 2xx, send BYE, tell ended
    gone: ending, stop 2xx, send BYE, tell ended
    no ACK: ending, stop 2xx, send BYE, tell ended
    BYE: ended, stop 2xx, tell ended`,
  ending: `BYE: ended
    BYE answered: ended`,
  ended: '',
}

describe.each(Object.keys(EXPECTED) as CallState[])('%s', state => {
  const rows = new Map(EXPECTED[state].split('\n').map(line => line.trim().split(': ') as [string, string]))
  test.each(EVENTS)('%s leads where it should, or nowhere (RFC 3261 §13, §15)', event => {
    const cell = callTable[state][event]
    expect(cell && [cell.to, ...cell.effects].join(', ')).toBe(rows.get(event))
  })
})

test('the user hears of the end of a call exactly once on every way through the table (RFC 3261 §15)', () => {
  const tells = (effects: readonly CallEffect[]): boolean => effects.includes('tell ended')
  const over = new Set<CallState>(['ending', 'ended'])
  for (const [state, row] of Object.entries(callTable))
    for (const [event, cell] of Object.entries(row))
      expect([state, event, tells(cell.effects)]).toEqual([state, event, over.has(cell.to) && !over.has(state as CallState)])
})
