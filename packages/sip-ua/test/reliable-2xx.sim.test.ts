import { describe, expect, it } from 'vitest'
import { startReliable2xx, wakeReliable2xx } from '../src/reliable-2xx.ts'

/** When the 2xx goes out again, and how it ends, when nobody acknowledges it. */
function run(start: number, lateMs = 0): { resent: number[]; gaveUpAt: number } {
  const resent: number[] = []
  let machine = startReliable2xx(start)
  for (;;) {
    const now = machine.nextWake + lateMs
    const woken = wakeReliable2xx(machine, now)
    if (woken.effect === 'give up') return { resent, gaveUpAt: now }
    if (woken.effect === 'resend') resent.push(now - start)
    machine = woken.next
  }
}

describe('a 2xx to INVITE', () => {
  it('is repeated from T1 up to T2 and given up after 64*T1 without ACK (RFC 3261 §13.3.1.4)', () => {
    expect(run(1000)).toEqual({ resent: [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500], gaveUpAt: 33_000 })
  })

  it('goes out once however late the wake (RFC 3261 §13.3.1.4)', () => {
    const woken = wakeReliable2xx(startReliable2xx(0), 9000)
    expect(woken).toMatchObject({ effect: 'resend', next: { resendAt: 10_000, intervalMs: 1000 } })
  })

  it('waits when woken early, and follows other timers (RFC 3261 §13.3.1.4)', () => {
    const machine = startReliable2xx(0, { t1: 100, t2: 150 })
    expect(wakeReliable2xx(machine, 99)).toEqual({ effect: 'none', next: machine })
    expect(wakeReliable2xx(machine, 100)).toMatchObject({ next: { resendAt: 250, intervalMs: 150, endsAt: 6400 } })
  })

  it('is plain data (RFC 3261 §13.3.1.4)', () => {
    const machine = startReliable2xx(5)
    expect(JSON.parse(JSON.stringify(machine))).toEqual(machine)
  })
})
