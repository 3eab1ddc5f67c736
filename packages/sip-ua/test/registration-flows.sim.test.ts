import { Contact, formatUri, responseTo, type SipRequest, type SipResponse, Via } from '@strowger/sip-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backOffMs, keepAliveMs } from '../src/back-off.ts'
import { nodeHash as hash } from '../src/node.ts'
import { Registration } from '../src/registration.ts'
import { type FlowOutput, FlowRegistrations } from '../src/registration-flows.ts'
import type { RegistrationOptions, RegistrationOutput } from '../src/registration-options.ts'
import { lines } from './messages.ts'
import { TestRegistrar } from './registrar.ts'

let token = 0
const options: RegistrationOptions = {
  registrar: 'sip:example.com',
  aor: 'sip:alice@example.com',
  contact: 'sip:alice@192.0.2.7:5062',
  username: 'alice',
  password: 'secret',
  hash,
  token: () => `t${++token}`,
  random: () => 0,
}
const { outbound: _, ...shared } = { outbound: undefined, ...options }
const several = {
  ...shared,
  instance: 'urn:uuid:00000000-0000-1000-8000-000A95A0E128',
  edges: [['sip:e1.example.com;lr'], ['sip:e2.example.com;lr']],
}

/** Any response, with the Via that a transaction layer would have put into the request. */
function answer(output: RegistrationOutput, status: number, ...raw: readonly (readonly [string, string])[]): SipResponse {
  if (output.kind !== 'send') throw new Error(output.kind)
  const via = { transport: 'UDP', host: '192.0.2.7', branch: 'z9hG4bK1', params: new Map() }
  const request = output.request.prepend(Via, via).toMessage() as SipRequest
  const response = responseTo(request, status, { toTag: 'r' })
  for (const [name, value] of raw) response.raw(name, value)
  return response.toMessage() as SipResponse
}
const contact = (seconds: number) => ['Contact', `<${options.contact}>;expires=${seconds}`] as const
const poll = (phone: { poll(): RegistrationOutput | undefined }) => phone.poll()!

describe('a phone with two flows', () => {
  const all = (phone: FlowRegistrations) => {
    const outputs: FlowOutput[] = []
    for (let output = phone.poll(); output; output = phone.poll()) outputs.push(output)
    return outputs
  }

  it('registers each by its own edge with instance, reg-id, path and outbound (RFC 5626 §4.2.1)', () => {
    const phone = new FlowRegistrations(several)
    phone.start(0)
    const sent = all(phone).map(output => (output.kind === 'send' ? lines(output.request) : []))
    expect(sent.map(message => message.filter(line => /^(Contact|Route|Supported)/.test(line)))).toEqual(
      [1, 2].map(regId => [
        `Route: <sip:e${regId}.example.com;lr>`,
        `Contact: <sip:alice@192.0.2.7:5062>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";reg-id=${regId}`,
        'Supported: path',
        'Supported: outbound',
      ]),
    )
    expect(new Set(sent.map(message => message.find(line => line.startsWith('Call-ID')))).size).toBe(2)
  })

  it('waits longer for a lost flow while the other stands (RFC 5626 §4.5)', () => {
    const phone = new FlowRegistrations(several)
    phone.start(0)
    const [one, two] = all(phone) as [FlowOutput, FlowOutput]
    phone.receive(0, 1, answer(one, 200, contact(3600)))
    phone.failed(0, 2)
    expect(all(phone).map(({ kind, regId, ...more }) => [kind, regId, 'retryInMs' in more ? more.retryInMs : ''])).toEqual([
      ['registered', 1, ''],
      ['failed', 2, 90_000],
    ])
    phone.flowLost(1000, 1)
    expect(all(phone)).toEqual([{ kind: 'failed', retryInMs: 15_000, regId: 1 }])
    expect([phone.nextWake, phone.isRegistered(1000), two.regId]).toEqual([16_000, true, 2])
  })

  it('goes on in another process (RFC 5626 §4.2)', () => {
    const phone = new FlowRegistrations(several)
    phone.start(0)
    for (const output of all(phone)) phone.receive(0, output.regId, answer(output, 200, contact(output.regId * 1000)))
    const again = FlowRegistrations.restore(several, 50_000, JSON.parse(JSON.stringify(phone.save(10_000))))
    expect([phone.nextWake, again.nextWake]).toEqual([800_000, 840_000])
    again.stop(60_000)
    expect(all(again).map(output => (output.kind === 'send' ? lines(output.request).at(-3) : output.kind)).length).toBe(2)
    expect(() => again.failed(0, 3)).toThrow(TypeError)
  })
})

describe('what a registrar grants', () => {
  it('is told with Service-Route, outbound and Flow-Timer (RFC 3608 §6.1, RFC 5626 §4.4)', () => {
    const phone = new Registration(options)
    phone.start(0)
    const routes = ['Service-Route', '<sip:p1.example.com;lr>, <sip:p2.example.com;lr>'] as const
    phone.receive(0, answer(poll(phone), 200, contact(600), routes, ['Require', 'outbound'], ['Flow-Timer', '90']))
    expect(poll(phone)).toEqual({
      kind: 'registered',
      expiresSeconds: 600,
      serviceRoute: ['sip:p1.example.com;lr', 'sip:p2.example.com;lr'],
      outbound: true,
      flowTimerSeconds: 90,
    })
  })
})

describe('credentials of a registration', () => {
  const challenge = (name: string, realm: string, algorithm: string) =>
    [name, `Digest realm="${realm}", nonce="n-${realm}", algorithm=${algorithm}, qop="auth"`] as const
  const of = (output: RegistrationOutput, name: string) =>
    output.kind === 'send' ? (lines(output.request).filter(line => line.startsWith(`${name}:`)) as string[]) : []

  it('answer a proxy and the registrar behind it, each with its own header (RFC 3261 §22.3)', () => {
    const phone = new Registration(options)
    phone.start(0)
    phone.receive(0, answer(poll(phone), 407, challenge('Proxy-Authenticate', 'edge', 'MD5')))
    const second = poll(phone)
    phone.receive(0, answer(second, 401, challenge('WWW-Authenticate', 'home', 'SHA-256')))
    const third = poll(phone)
    expect([of(second, 'Authorization').length, of(third, 'Authorization').length, of(third, 'Proxy-Authorization').length]).toEqual([
      0, 1, 1,
    ])
    expect(of(third, 'Proxy-Authorization')[0]).toContain('nc=00000002')
    phone.receive(0, answer(third, 407, challenge('Proxy-Authenticate', 'edge', 'MD5')))
    expect(poll(phone)).toMatchObject({ kind: 'failed', status: 407 })
  })

  it('keep one cnonce per nonce, as session algorithms want (RFC 7616 §3.4.2)', () => {
    const phone = new Registration(options)
    phone.start(0)
    phone.receive(0, answer(poll(phone), 401, challenge('WWW-Authenticate', 'home', 'SHA-256-sess')))
    const first = poll(phone)
    phone.receive(0, answer(first, 200, contact(100)))
    poll(phone)
    phone.wake(phone.nextWake)
    const cnonces = [first, poll(phone)].map(output => /cnonce="(.*?)"/.exec(of(output, 'Authorization')[0]!)?.[1])
    expect(cnonces[0]).toBe(cnonces[1])
    expect(cnonces[0]).toBeDefined()
  })

  it('go on with the next nonce that a 2xx names (RFC 7616 §3.5)', () => {
    const phone = new Registration(options)
    phone.start(0)
    phone.receive(0, answer(poll(phone), 401, challenge('WWW-Authenticate', 'home', 'SHA-256')))
    phone.receive(0, answer(poll(phone), 200, contact(100), ['Authentication-Info', 'nextnonce="n2"']))
    poll(phone)
    phone.wake(phone.nextWake)
    const line = of(poll(phone), 'Authorization')[0]
    expect(line).toContain('nonce="n2"')
    expect(line).toContain('nc=00000001')
  })

  it('never answer MD5 where that is switched off (RFC 8760 §2.4)', () => {
    const phone = new Registration({ ...options, algorithms: ['SHA-256'] })
    phone.start(0)
    phone.receive(0, answer(poll(phone), 401, challenge('WWW-Authenticate', 'home', 'MD5')))
    expect(poll(phone)).toMatchObject({ kind: 'failed', status: 401 })
  })
})

describe('a registration saved at any moment', () => {
  it('goes on in another process as if nothing had been (RFC 3261 §10.2)', () => {
    const acts = fc.array(fc.constantFrom('start', 'stop', 'answer', 'fail', 'lose', 'wake', 'wait'), { maxLength: 30 })
    fc.assert(
      fc.property(acts, fc.nat(1000), (list, clockStep) => {
        const told = [0, clockStep].map(step => play(list, step))
        expect(told[1]).toEqual(told[0])
      }),
      { numRuns: 60 },
    )
  })

  /** With `step`, the phone is saved and restored after each act, on a clock that is ahead by as much. */
  function play(acts: readonly string[], step: number): readonly string[] {
    const registrar = new TestRegistrar()
    let count = 0
    const own = { ...options, token: () => `t${++count}` }
    let phone = new Registration(own)
    let [now, ahead] = [0, 0]
    let open: RegistrationOutput | undefined
    const told: string[] = []
    for (const act of acts) {
      const clock = now + ahead
      if (act === 'start') phone.start(clock)
      if (act === 'stop') phone.stop(clock)
      if (act === 'answer' && open?.kind === 'send') phone.receive(clock, registrar.answer(open.request, now))
      if (act === 'fail') phone.failed(clock)
      if (act === 'lose') phone.flowLost(clock)
      if (act === 'wake' && Number.isFinite(phone.nextWake)) {
        now = Math.max(now, phone.nextWake - ahead)
        phone.wake(now + ahead)
      }
      if (act === 'wait') now += 10_000
      if (act === 'answer' || act === 'fail') open = undefined
      for (let output = phone.poll(); output; output = phone.poll()) {
        if (output.kind === 'send') open = output
        told.push(`${now} ${output.kind} ${output.kind === 'send' ? lines(output.request).join('|') : JSON.stringify(output)}`)
      }
      if (step === 0) continue
      const saved = JSON.parse(JSON.stringify(phone.save(now + ahead)))
      ahead += step
      phone = Registration.restore(own, now + ahead, saved)
    }
    return told
  }

  it('holds no password (RFC 3261 §22)', () => {
    const phone = new Registration(options)
    phone.start(0)
    expect(JSON.stringify(phone.save(0))).not.toContain('secret')
  })
})

describe('waiting times', () => {
  it('grow from 30 s when all flows failed, from 90 s when not, to 30 minutes, random by half (RFC 5626 §4.5)', () => {
    const range = (failures: number, base?: number) => [backOffMs(failures, 0, base), backOffMs(failures, 1, base)]
    expect([range(0), range(3), range(0, 90_000), range(1, 90_000), range(20, 90_000)]).toEqual([
      [15_000, 30_000],
      [120_000, 240_000],
      [45_000, 90_000],
      [90_000, 180_000],
      [900_000, 1_800_000],
    ])
  })

  it('of keep-alives are 24 to 29 s over UDP, 95 to 120 s over streams, or 80 to 100 % of Flow-Timer (RFC 5626 §4.4)', () => {
    expect([keepAliveMs('datagram', 0), keepAliveMs('datagram', 1, 90)]).toEqual([24_000, 29_000])
    expect([keepAliveMs('datagram', 0, 10), keepAliveMs('datagram', 1, 10)]).toEqual([8000, 10_000])
    expect([keepAliveMs('stream', 0), keepAliveMs('stream', 1), keepAliveMs('stream', 0, 90), keepAliveMs('stream', 1, 90)]).toEqual([
      95_000, 120_000, 72_000, 90_000,
    ])
  })

  it('reads our own Contact among others by URI rules (RFC 3261 §10.2.4)', () => {
    const phone = new Registration(options)
    phone.start(0)
    const all = ['Contact', `<sip:bob@192.0.2.1>;expires=7, <SIP:alice@192.0.2.7:5062>;expires=77`] as const
    const response = answer(poll(phone), 200, all)
    expect(response.headers.all(Contact).map(each => (each === '*' ? each : formatUri(each.uri))).length).toBe(2)
    phone.receive(0, response)
    expect(poll(phone)).toMatchObject({ kind: 'registered', expiresSeconds: 77 })
  })
})
