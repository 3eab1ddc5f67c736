import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminPath, configFrom, serveAdmin } from '@strowger/runtime'
import { listen, type SeenMessage } from '@strowger/sip-transport'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../../../e2e/ports.ts'
import { type EarReport, earProblem } from '../src/demo/ear-report.ts'
import { type Element, Ladder } from '../src/demo/ladder.ts'
import { ladderHead, ladderLine } from '../src/demo/ladder-view.ts'
import { Phone } from '../src/demo/phone.ts'
import { runDemo } from '../src/demo/run-demo.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function phone(transport: 'UDP' | 'TCP', proxyPort: number, port = 0): Promise<Phone> {
  const phone = await Phone.open({
    username: 'bob',
    password: 'secret',
    domain: 'demo.localhost',
    transport,
    address: '127.0.0.1',
    port,
    proxy: { address: '127.0.0.1', port: proxyPort },
    toneHz: 880,
  })
  open.push(() => phone.close())
  return phone
}

describe('a phone of the demo', () => {
  /** Answers REGISTERs in the order of `answers`; keeps what it was asked. */
  async function registrar(on: 'udp' | 'tcp', answers: readonly (readonly [number, Readonly<Record<string, string>>])[]) {
    const endpoint = await listen({ on: [`${on}:127.0.0.1:0`] })
    open.push(() => endpoint.close())
    const authorizations: (string | undefined)[] = []
    void (async () => {
      for await (const { request, respond } of endpoint.requests) {
        const [status, headers] = answers[authorizations.length] ?? [500, {}]
        authorizations.push(request.headers.raw('Authorization')[0])
        respond(status, { headers })
      }
    })()
    return { port: Number(endpoint.on[0]!.split(':')[2]), authorizations }
  }
  const challenge = { 'WWW-Authenticate': 'Digest realm="demo.localhost", nonce="n", algorithm=SHA-256, qop="auth"' }

  test.each(['UDP', 'TCP'] as const)('registers over %s, answers SHA-256, and takes its binding away (RFC 3261 §10.2)', async transport => {
    const answers = [
      [401, challenge],
      [200, { Expires: '300' }],
      [200, {}],
    ] as const
    const { port, authorizations } = await registrar(transport === 'UDP' ? 'udp' : 'tcp', answers)
    const bob = await phone(transport, port)
    await bob.register()
    await bob.unregister()
    expect(authorizations).toEqual([undefined, expect.stringContaining('algorithm=SHA-256'), expect.stringContaining('nc=00000002')])
  })

  test('says in a sentence that its password is wrong', async () => {
    const { port } = await registrar('udp', [
      [401, challenge],
      [401, challenge],
    ])
    await expect((await phone('UDP', port)).register()).rejects.toThrow(
      'bob@demo.localhost may not register (401): the password in demo.json',
    )
  })

  test('gives up a call that nobody answers, and the other side stops ringing (RFC 3261 §9.1)', async () => {
    const rings = await phone('UDP', 9)
    let answered: unknown = 'not yet'
    void rings.answerNext(300).then(call => {
      answered = call
    })
    const caller = await phone('UDP', rings.local.port)
    expect(await caller.call('102', 100)).toMatchObject({ kind: 'refused', status: 487 })
    await expect.poll(() => answered).toBeUndefined()
  })

  test('is busy unless it waits for a call', async () => {
    const other = await phone('TCP', 9)
    const caller = await phone('TCP', other.local.port)
    expect(await caller.call('102', 1000)).toMatchObject({ kind: 'refused', status: 486 })
  })

  test('two of them hear each other over TCP, and the one who is called hangs up', async () => {
    const [one, other] = [await freePort(), await freePort()]
    const [called, caller] = [await phone('TCP', one, other), await phone('TCP', other, one)]
    const picked = called.answerNext(20)
    const outcome = await caller.call('102', 5000)
    await expect.poll(() => caller.audio.ear.heard().packets, { timeout: 5000 }).toBeGreaterThan(15)
    await (await picked)!.hangUp()
    expect(outcome.kind === 'answered' && (await outcome.call.ended)).toBe('other side hung up')
    for (const { audio } of [caller, called]) expect(Math.abs((audio.ear.heard().hz ?? 0) - 880)).toBeLessThan(2)
  })
})

describe('the ladder', () => {
  const addresses = new Map<string, Element>([
    ['127.0.0.1:5060', 'users-proxy'],
    ['127.0.0.1:6060', 'appserver'],
  ])
  const seen = (
    wall: number,
    direction: 'in' | 'out',
    remotePort: number,
    callId: string,
    more: Partial<SeenMessage> = {},
  ): SeenMessage => ({
    number: 0,
    wall,
    direction,
    transport: 'UDP',
    local: '127.0.0.1:1',
    remote: `127.0.0.1:${remotePort}`,
    method: 'INVITE',
    cseq: 1,
    callId,
    hasBody: false,
    ...more,
  })
  const steps = (ladder: Ladder, wall = Number.POSITIVE_INFINITY): string[] => ladder.until(wall).map(({ from, to }) => `${from} ${to}`)

  test('puts what the elements saw in the order of time, each message once', () => {
    const ladder = new Ladder(addresses)
    ladder.add({ by: 'users-proxy', message: seen(2, 'out', 6060, 'a') })
    ladder.add({ by: 'users-proxy', message: seen(1.1, 'in', 40_000, 'a') })
    ladder.add({ by: 'users-proxy', message: seen(4, 'out', 40_000, 'a', { status: 180 }) })
    ladder.add({ by: 'appserver', message: seen(2.1, 'in', 5060, 'a') })
    ladder.add({ by: 'appserver', message: seen(3, 'out', 5060, 'a', { status: 180 }) })
    ladder.add({ by: 'alice', message: seen(4.1, 'in', 5060, 'a', { status: 180 }) })
    ladder.add({ by: 'alice', message: seen(1, 'out', 5060, 'a') })
    expect(steps(ladder)).toEqual(['alice users-proxy', 'users-proxy appserver', 'appserver users-proxy', 'users-proxy alice'])
  })

  test('holds back what another element may still precede', () => {
    const ladder = new Ladder(addresses)
    for (const wall of [3, 1, 2]) ladder.add({ by: 'alice', message: seen(wall, 'out', 5060, 'a') })
    expect(ladder.until(2).map(rung => rung.wall)).toEqual([1, 2])
    expect(ladder.until(5).map(rung => rung.wall)).toEqual([3])
  })

  test('knows the other leg by the id of the call, and leaves out the calls of others', () => {
    const ladder = new Ladder(addresses)
    ladder.begin()
    ladder.add({ by: 'appserver', message: seen(2, 'out', 5060, 'b', { call: 'K' }) })
    ladder.add({ by: 'appserver', message: seen(2.5, 'out', 5060, 'x', { call: 'other' }) })
    ladder.add({ by: 'appserver', message: seen(2.6, 'out', 5060, 'probe', { method: 'OPTIONS' }) })
    ladder.add({ by: 'alice', message: seen(1, 'out', 5060, 'a') })
    ladder.add({ by: 'users-proxy', message: seen(1.5, 'out', 6060, 'a', { call: 'K' }) })
    expect(steps(ladder)).toEqual(['alice users-proxy', 'users-proxy appserver', 'appserver users-proxy'])
    expect(ladder.calls).toEqual(['K'])
    ladder.begin()
    expect(ladder.calls).toEqual([])
  })

  test('is drawn with the message on its way and milliseconds', () => {
    const rung = { wall: 1012.34, cseq: 1, callId: 'a', method: 'INVITE' } as const
    expect(ladderHead()).toMatch(/^ +ms {2}alice +users-proxy +appserver +trunks-proxy +carrier +bob\n$/)
    expect(ladderLine({ ...rung, from: 'alice', to: 'users-proxy', hasBody: true }, 1000)).toBe(
      '    12.3  │INVITE sdp────►│               │               │               │               │\n',
    )
    expect(ladderLine({ ...rung, from: 'bob', to: 'users-proxy', status: 180, hasBody: false }, 1000)).toBe(
      '    12.3  │               │◄180 INVITE────────────────────────────────────────────────────│\n',
    )
  })
})

test.each([
  [{}, undefined],
  [{ packets: 0, heardHz: null }, 'bob heard nothing: no RTP arrived'],
  [{ heardHz: null }, 'bob heard no tone; it should have been 440 Hz'],
  [{ heardHz: 451 }, 'bob heard 451 Hz; it should have been 440 Hz'],
  [{ packets: 60 }, 'bob heard only 60 packets in 2 s; there should have been about 100'],
  [{ lost: 3 }, 'bob lost 3 of 103 packets'],
] satisfies [Partial<EarReport>, string | undefined][])('an ear that heard %j: %s', (heard, sentence) => {
  expect(earProblem({ who: 'bob', expectedHz: 440, heardHz: 440.2, packets: 100, lost: 0, jitterMs: 1, ...heard }, 2)).toBe(sentence)
})

describe('the demo says in a sentence', () => {
  const folder = (): string => mkdtempSync(join(tmpdir(), 'demo-'))
  const run = (data: string): Promise<boolean> => runDemo(configFrom({ data }), { json: false, write: () => {} })

  async function platform(data: string, state: 'ready' | 'draining'): Promise<void> {
    const health = () => ({ role: 'users-proxy', state, pid: 1, since: 1, detail: {} })
    const admin = await serveAdmin(adminPath(data, 'users-proxy'), { health, exposition: async () => '' })
    open.push(() => admin.close())
  }

  test('that no platform runs, and how to start it', async () => {
    await expect(run(folder())).rejects.toThrow(/no platform runs here .*: start it with npm start/)
  })

  test('that the platform is stopping', async () => {
    const data = folder()
    await platform(data, 'draining')
    await expect(run(data)).rejects.toThrow('the platform is stopping')
  })

  test('that demo.json is missing, or lacks one of them', async () => {
    const data = folder()
    await platform(data, 'ready')
    await expect(run(data)).rejects.toThrow(`${join(data, 'demo.json')} is missing`)
    mkdirSync(data, { recursive: true })
    writeFileSync(join(data, 'demo.json'), JSON.stringify({ domain: 'demo.localhost', users: [] }))
    await expect(run(data)).rejects.toThrow('has no user alice')
  })
})
