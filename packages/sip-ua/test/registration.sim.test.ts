import { formatUri } from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import { backOffMs } from '../src/back-off.ts'
import { nodeHash as hash } from '../src/node.ts'
import { Registration } from '../src/registration.ts'
import type { RegistrationOptions } from '../src/registration-options.ts'
import { type RegistrationEvent, registrationTable } from '../src/registration-table.ts'
import { lines } from './messages.ts'
import { TestRegistrar } from './registrar.ts'

/** One phone and one registrar; every REGISTER is answered at once, or fails after 32 s while `dead`. */
class World {
  readonly registrar = new TestRegistrar()
  readonly told: string[] = []
  readonly sent: (readonly string[])[] = []
  readonly phone: Registration
  now = 0
  dead = false
  #token = 0

  constructor(options: Partial<RegistrationOptions> = {}) {
    this.phone = new Registration({
      registrar: 'sip:example.com',
      aor: 'sip:alice@example.com',
      contact: 'sip:alice@192.0.2.7:5062',
      username: 'alice',
      password: 'secret',
      hash,
      token: () => `t${++this.#token}`,
      random: () => 0,
      ...options,
    })
  }

  start(): this {
    this.phone.start(this.now)
    return this.drain()
  }

  stop(): this {
    this.phone.stop(this.now)
    return this.drain()
  }

  /** Wakes the phone as it asks until `until`. */
  run(until: number): this {
    while (this.phone.nextWake <= until) {
      this.now = this.phone.nextWake
      this.phone.wake(this.now)
      this.drain()
    }
    this.now = until
    return this
  }

  drain(): this {
    for (let output = this.phone.poll(); output; output = this.phone.poll()) {
      if (output.kind !== 'send')
        this.told.push(
          `${this.now / 1000} ${output.kind} ${'retryInMs' in output ? `${output.status ?? '-'} ${output.retryInMs / 1000}` : ''}`.trim(),
        )
      else {
        this.sent.push(lines(output.request))
        if (this.dead) {
          this.now += 32_000
          this.phone.failed(this.now)
        } else this.phone.receive(this.now, this.registrar.answer(output.request, this.now))
      }
    }
    return this
  }
}

describe('a registration', () => {
  it('answers the challenge, and ahead of it from then on (RFC 3261 §22.2, RFC 7616 §3.6)', () => {
    const { registrar, told } = new World({ expiresSeconds: 200 }).start().run(170_000)
    expect(registrar.seen).toEqual(['200 bare 401', '200 signed 200', '200 signed 200'])
    expect(told).toEqual(['0 registered', '160 registered'])
    expect([...registrar.bindings]).toEqual([['sip:alice@192.0.2.7:5062', 200]])
  })

  it('takes a challenge for a refusal when it has no password (RFC 3261 §22.2)', () => {
    const world = new World({ password: undefined } as object).start()
    expect(world.registrar.seen).toEqual(['3600 bare 401'])
    expect(world.told).toEqual(['0 failed 401 30'])
  })

  it('keeps Call-ID and From tag and counts up (RFC 3261 §10.2)', () => {
    const { sent } = new World().start()
    const values = (name: string) => sent.map(message => message.find(line => line.startsWith(`${name}:`)))
    expect(sent[0]?.[0]).toBe('REGISTER sip:example.com SIP/2.0')
    expect(values('Call-ID')).toEqual(['Call-ID: t1', 'Call-ID: t1'])
    expect(values('From')).toEqual(Array(2).fill('From: <sip:alice@example.com>;tag=t2'))
    expect(values('CSeq')).toEqual(['CSeq: 1 REGISTER', 'CSeq: 2 REGISTER'])
  })

  it('answers a stale nonce once more (RFC 7616 §3.3)', () => {
    const { registrar } = new World({ expiresSeconds: 500 }).start().run(401_000)
    expect(registrar.seen).toEqual(['500 bare 401', '500 signed 200', '500 signed 401', '500 signed 200'])
  })

  it('is refreshed for a day without a gap (RFC 3261 §10.2.4)', () => {
    const world = new World({ expiresSeconds: 3600 }).start()
    for (let hour = 1; hour <= 24; hour++) expect(world.run(hour * 3_600_000).phone.isRegistered(world.now)).toBe(true)
    expect(world.told.every(line => line.endsWith('registered'))).toBe(true)
    expect(world.told.length).toBe(31)
  })

  it('asks for longer after a 423 (RFC 3261 §10.2.8)', () => {
    const { registrar, told } = new World({ expiresSeconds: 10 }).start()
    expect(registrar.seen).toEqual(['10 bare 401', '10 signed 423', '60 signed 200'])
    expect(told).toEqual(['0 registered'])
  })

  it('goes by what was granted to its own Contact, not to others (RFC 3261 §10.2.4)', () => {
    const world = new World({ expiresSeconds: 7200 })
    world.registrar.maxExpires = 100
    world.registrar.bindings.set('sip:alice@192.0.2.99', 1)
    expect(world.start().phone.nextWake).toBe(80_000)
  })

  it('does not try a wrong password twice in a row (RFC 3261 §22.1)', () => {
    const { registrar, told } = new World({ password: 'guess' }).start()
    expect(registrar.seen).toEqual(['3600 bare 401', '3600 signed 401'])
    expect(told).toEqual(['0 failed 401 30'])
  })

  it("does not show its password's digest to another realm (RFC 3261 §22.3)", () => {
    expect(new World({ realm: 'other.example' }).start().registrar.seen).toEqual(['3600 bare 401'])
  })

  it('waits longer and longer while nobody answers, and starts over after success (RFC 5626 §4.5)', () => {
    const world = new World()
    world.dead = true
    world.start().run(600_000)
    expect(world.told).toEqual(['32 failed - 30', '94 failed - 60', '186 failed - 120', '338 failed - 240', '610 failed - 480'])
    world.dead = false
    expect(world.run(1_100_000).told.at(-1)).toBe('1090 registered')
    world.dead = true
    expect(world.run(4_010_000).told.at(-1)).toMatch(/failed - 30$/)
  })

  it('honours Retry-After when that is longer (RFC 3261 §20.33)', () => {
    const world = new World()
    world.registrar.refuse = { status: 503, retryAfter: 300 }
    expect(world.start().told).toEqual(['0 failed 503 300'])
  })

  it('is removed when stopped (RFC 3261 §10.2.2)', () => {
    const world = new World().start().stop()
    expect(world.registrar.seen.at(-1)).toBe('0 signed 200')
    expect(world.registrar.bindings.size).toBe(0)
    expect([world.told.at(-1), world.phone.isRegistered(0), world.phone.nextWake]).toEqual([
      '0 unregistered',
      false,
      Number.POSITIVE_INFINITY,
    ])
  })

  it('stopped while a REGISTER is out awaits that one first (RFC 3261 §10.2)', () => {
    const world = new World()
    world.phone.start(0)
    expect(world.stop().registrar.seen).toEqual(['3600 bare 401', '0 signed 200'])
    expect(world.told).toEqual(['0 unregistered'])
  })

  it('ignores provisional responses and answers to older REGISTERs (RFC 3261 §8.1.3.3)', () => {
    const world = new World()
    world.phone.start(0)
    const first = world.phone.poll()
    const answer = first?.kind === 'send' ? world.registrar.answer(first.request, 0) : undefined
    world.phone.receive(0, answer!)
    world.phone.receive(0, answer!)
    expect(world.phone.state).toBe('registering')
    expect(world.drain().told).toEqual(['0 registered'])
  })

  it('is sent to its first route (RFC 3261 §8.1.2)', () => {
    const { phone } = new World({ routes: ['sip:192.0.2.1;lr'] })
    phone.start(0)
    const output = phone.poll()
    expect(output?.kind === 'send' && [formatUri(output.hop), lines(output.request)[1]]).toEqual([
      'sip:192.0.2.1;lr',
      'Route: <sip:192.0.2.1;lr>',
    ])
  })
})

describe('the back-off', () => {
  it('is half to all of 30 s doubled per failure, at most 30 minutes (RFC 5626 §4.5)', () => {
    expect([1, 2, 3, 6, 100].map(failures => [backOffMs(failures, 0) / 1000, backOffMs(failures, 1) / 1000])).toEqual([
      [30, 60],
      [60, 120],
      [120, 240],
      [900, 1800],
      [900, 1800],
    ])
  })
})

describe('the table of a registration', () => {
  const EVENTS: RegistrationEvent[] = ['start', 'stop', '2xx', 'challenge', 'too brief', 'failure', 'timer', 'flow lost']
  it('has these cells, and ignores the rest (RFC 3261 §10.2)', () => {
    const rows = Object.entries(registrationTable).map(
      ([state, row]) => `${state}: ${EVENTS.map(event => row[event]?.to ?? '-').join(' ')}`,
    )
    expect(rows).toEqual([
      'idle: registering - - - - - - -',
      'registering: - stopping registered registering registering waiting - -',
      'registered: registering unregistering - - - - registering waiting',
      'waiting: registering idle - - - - registering -',
      'stopping: registering - unregistering unregistering unregistering idle - -',
      'unregistering: - - idle unregistering - idle - -',
    ])
  })

  it('stops every timer that its state does not start (RFC 3261 §10.2)', () => {
    for (const row of Object.values(registrationTable)) {
      for (const { to, effects } of Object.values(row)) {
        expect(effects.includes('start refresh')).toBe(to === 'registered')
        expect(effects.includes('start back-off')).toBe(to === 'waiting')
      }
    }
  })
})
