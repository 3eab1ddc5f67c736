import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answered,
  mayAnswer,
  nextWake1xx,
  type PrackVerdict,
  type Reliable1xx,
  sendReliable,
  shiftReliable1xx,
  startReliable1xx,
  takePrack,
  wakeReliable1xx,
} from '../src/reliable-1xx.ts'
import { reliabilityOf, takeReliable } from '../src/reliable-1xx-receive.ts'

const fresh = startReliable1xx(7, 0)
function sent(machine: Reliable1xx, now = 0, description = false): Reliable1xx {
  const result = sendReliable(machine, now, { status: 183, description })
  if (result.kind !== 'send') throw new Error(result.kind)
  return result.machine
}
const kindOf = (machine: Reliable1xx, description = false) => sendReliable(machine, 0, { status: 180, description }).kind
const acked = (machine: Reliable1xx, rseq: number): Reliable1xx => {
  const verdict: PrackVerdict = takePrack(machine, { rseq, sequence: 7, method: 'INVITE' })
  if (verdict.kind !== 'ok') throw new Error(verdict.kind)
  return verdict.machine
}

describe('reliable provisional responses, sent', () => {
  it('start at a random RSeq from 1 to 2^31-1 and count by one (RFC 3262 §3)', () => {
    expect([0, 0.5, 1 - 2 ** -32].map(random => startReliable1xx(7, random).next)).toEqual([1, 2 ** 30, 2 ** 31 - 1])
    expect(acked(sent(startReliable1xx(7, 0.5)), 2 ** 30).next).toBe(2 ** 30 + 1)
  })

  it('go out one at a time until the first PRACK, then more (RFC 3262 §3)', () => {
    const first = sent(fresh)
    expect(kindOf(first)).toBe('wait')
    const second = sent(acked(first, 1))
    expect(kindOf(second)).toBe('send')
  })

  it('carry no second description while one waits for its PRACK (RFC 3262 §5)', () => {
    const open = sent(acked(sent(fresh), 1), 0, true)
    expect([kindOf(open, true), kindOf(open, false)]).toEqual(['wait', 'send'])
    expect(kindOf(acked(open, 2), true)).toBe('send')
  })

  it('are never a 100, nor final (RFC 3262 §3)', () => {
    for (const status of [100, 200, 486]) expect(() => sendReliable(fresh, 0, { status, description: false })).toThrow(TypeError)
  })

  it('come again after T1, doubled each time without a limit, and end after 64*T1 (RFC 3262 §3)', () => {
    let machine = sent(fresh)
    const times: string[] = []
    for (let now = nextWake1xx(machine); now < Number.POSITIVE_INFINITY; now = nextWake1xx(machine)) {
      const woken = wakeReliable1xx(machine, now)
      times.push(`${now}${woken.giveUp ? ' 5xx' : ` ${woken.resend}`}`)
      machine = woken.machine
    }
    expect(times).toEqual(['500 1', '1500 1', '3500 1', '7500 1', '15500 1', '31500 1', '32000 5xx'])
  })

  it('go out once however late the wake, and not before their time (RFC 3262 §3)', () => {
    expect(wakeReliable1xx(sent(fresh), 20_000).resend).toEqual([1])
    expect(wakeReliable1xx(sent(fresh), 499).resend).toEqual([])
  })

  it('stop with their PRACK (RFC 3262 §3)', () => {
    expect(nextWake1xx(acked(sent(fresh), 1))).toBe(Number.POSITIVE_INFINITY)
  })

  it('refuse a PRACK whose RAck matches none with 481, also one that was taken (RFC 3262 §3)', () => {
    const open = sent(fresh)
    const wrong = [
      { rseq: 2, sequence: 7, method: 'INVITE' },
      { rseq: 1, sequence: 8, method: 'INVITE' },
      { rseq: 1, sequence: 7, method: 'UPDATE' },
    ]
    for (const rack of wrong) expect(takePrack(open, rack)).toEqual({ kind: 'refuse 481' })
    expect(takePrack(acked(open, 1), { rseq: 1, sequence: 7, method: 'INVITE' })).toEqual({ kind: 'refuse 481' })
  })

  it('hold a 2xx while a description waits for its PRACK, and nothing else (RFC 3262 §3)', () => {
    const plain = sent(fresh)
    const described = sent(fresh, 0, true)
    expect([mayAnswer(plain, 200), mayAnswer(described, 200), mayAnswer(described, 486), mayAnswer(acked(described, 1), 200)]).toEqual([
      true,
      false,
      true,
      true,
    ])
  })

  it('stop after a final response, whose late PRACK is still taken, and there is no new one (RFC 3262 §3)', () => {
    const over = answered(sent(fresh))
    expect([nextWake1xx(over), kindOf(over)]).toEqual([Number.POSITIVE_INFINITY, 'not allowed'])
    expect(wakeReliable1xx(over, 40_000)).toEqual({ machine: over, resend: [], giveUp: false })
    expect(takePrack(over, { rseq: 1, sequence: 7, method: 'INVITE' }).kind).toBe('ok')
  })

  it('go on after JSON on another clock (RFC 3262 §3)', () => {
    const saved = JSON.parse(JSON.stringify(shiftReliable1xx(sent(fresh, 1000), -1200)))
    const restored = shiftReliable1xx(saved, 50_000)
    expect(nextWake1xx(restored)).toBe(50_300)
  })
})

describe('reliable provisional responses, received', () => {
  const reliable = { status: 183, require: ['100rel'] }

  it('are taken in order from any first number (RFC 3262 §4)', () => {
    expect(takeReliable(undefined, { ...reliable, rseq: 988789 })).toBe('prack')
    expect(takeReliable(988789, { ...reliable, rseq: 988790 })).toBe('prack')
  })

  it('are not acknowledged again when they repeat, nor taken out of order (RFC 3262 §4)', () => {
    expect([1, 5, 7, 900].map(rseq => takeReliable(5, { ...reliable, rseq }))).toEqual(['again', 'again', 'out of order', 'out of order'])
  })

  it('are ignored when they say 100, or have no RSeq (RFC 3262 §4)', () => {
    expect(takeReliable(undefined, { ...reliable, status: 100, rseq: 1 })).toBe('ignore')
    expect(takeReliable(undefined, reliable)).toBe('ignore')
    expect(takeReliable(undefined, { ...reliable, rseq: 0 })).toBe('ignore')
  })

  it('without Require are plain, whatever their RSeq (RFC 3262 §4)', () => {
    expect(takeReliable(undefined, { status: 180, require: [], rseq: 1 })).toBe('plain')
    expect(takeReliable(undefined, { status: 180, require: ['100REL'], rseq: 1 })).toBe('prack')
  })

  it('each are taken exactly once, in order, however the network delivers them (RFC 3262 §4)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }), picks => {
        let last: number | undefined = 10
        const taken: number[] = []
        for (const pick of picks) {
          const rseq = 11 + pick
          if (takeReliable(last, { ...reliable, rseq }) !== 'prack') continue
          taken.push(rseq)
          last = rseq
        }
        expect(taken).toEqual(taken.map((_, i) => 11 + i))
      }),
    )
  })
})

describe('100rel', () => {
  const RELIABLE = ['100rel']
  it.each([
    [RELIABLE, [], 'never', 'refuse 420'],
    [RELIABLE, [], 'when supported', 'reliable'],
    [RELIABLE, RELIABLE, 'always', 'reliable'],
    [[], RELIABLE, 'never', 'plain'],
    [[], RELIABLE, 'when supported', 'reliable'],
    [[], RELIABLE, 'always', 'reliable'],
    [[], [], 'never', 'plain'],
    [[], [], 'when supported', 'plain'],
    [[], [], 'always', 'refuse 421'],
  ] as const)('Require %j, Supported %j, we do it %s: %s (RFC 3262 §3)', (require, supported, ours, expected) => {
    expect(reliabilityOf({ require, supported }, ours)).toBe(expected)
  })
})
