import { parse, type SipRequest } from '@strowger/sip-parser'
import { nodeHash } from '@strowger/sip-ua/node'

import { beforeEach, describe, expect, test } from 'vitest'
import { Bans } from '../../src/brute-force/bans.ts'
import type { ProxyOutput } from '../../src/core/proxied.ts'
import type { Context, Policy } from '../../src/core/step.ts'
import { Registrar } from '../../src/registrar/registrar.ts'
import { usersProxy } from '../../src/users-proxy.ts'
import { Desk, issuerOf, noncesOf } from '../../src/workers/desk.ts'
import { DeskLookUp } from '../../src/workers/desk-look-up.ts'
import { PASSWORD, ProxyBench, wire } from '../proxy-bench.ts'

const NONCES = { nonceKey: new Uint8Array(32), nonceSeconds: 300 }
const SIGNER = {
  sign: (text: string) => Buffer.from(text).toString('hex'),
  verify: (token: string) => Buffer.from(token, 'hex').toString(),
}
const HA1 = (name: 'MD5' | 'SHA-256'): string => nodeHash(name, `alice:demo.test:${PASSWORD}`)
const directory = {
  credentials: () => ({
    identity: { brand: 1, client: 1, aor: 'alice@demo.test' },
    realm: 'demo.test',
    ha1: { MD5: HA1('MD5'), 'SHA-256': HA1('SHA-256') },
  }),
}
const LIMITS = { minExpires: 60, defaultExpires: 3600, maxExpires: 7200, maxContacts: 3, flowTimerSeconds: 120 }
const SOURCE = '127.0.0.9'
const HOP = { transport: 'UDP', remote: { address: SOURCE, port: 5080 }, local: { address: '127.0.0.1', port: 5060 } } as const

let wall = 1_800_000_000_000
let desk: Desk
let bans: Bans
let policy: Policy
/** Two workers of one proxy: what they ask crosses as data, and is answered when `answer` is called. */
let workers: readonly DeskLookUp[]
let held: (() => void)[] | undefined

beforeEach(() => {
  wall = 1_800_000_000_000
  held = undefined
  policy = new ProxyBench(usersProxy).policy
  const registrar = new Registrar(LIMITS, { load: async () => [], save: () => {} }, SIGNER)
  bans = new Bans({ tries: 3, banMs: 60_000 })
  desk = new Desk({ ...NONCES, registrar, bans, wall: () => wall })
  workers = [1, 2].map(
    worker =>
      new DeskLookUp({
        ...NONCES,
        directory,
        signer: SIGNER,
        boot: 'b007',
        worker,
        ask: async question => {
          await new Promise<void>(resolve => (held === undefined ? resolve() : held.push(resolve)))
          return structuredClone(desk.answer(structuredClone(question))) as never
        },
      }),
  )
})

const context = (request: SipRequest): Context =>
  ({ request, from: HOP, side: 'outside', ownRoutes: 0, changes: { remove: [], add: [] }, answers: {} }) as Context
const ask = (worker: number, effect: (ProxyOutput & { kind: 'perform' })['effect'], request: SipRequest) =>
  workers[worker - 1]!.lookUp({ kind: 'perform', id: 1, effect, context: context(request) }, policy)

function invite({ nonce = '', nc = 1, cseq = 1, branch = 'z9hG4bK1', password = PASSWORD } = {}): SipRequest {
  const uri = 'sip:102@demo.test'
  const challenge = [...workers[0]!.digest.challenges('demo.test', false, wall, 'Phone 1.0', SOURCE)].map(text =>
    text.replace(/nonce="[^"]*"/, `nonce="${nonce}"`),
  )
  const lines = [
    `INVITE ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.9:5080;branch=${branch}`,
    'From: <sip:alice@demo.test>;tag=1',
    `To: <${uri}>`,
    'Call-ID: call-1',
    `CSeq: ${cseq} INVITE`,
  ]
  const authorization = answerOf(challenge[0]!, nc, password, uri)
  return parse(wire([...lines, `Proxy-Authorization: ${authorization}`].join('\n'))) as SipRequest
}

function answerOf(challenge: string, nc: number, password: string, uri: string): string {
  const field = (name: string): string => new RegExp(`${name}="?([^",]*)`).exec(challenge)?.[1] ?? ''
  const [realm, nonce, algorithm] = [field('realm'), field('nonce'), field('algorithm')]
  const hash = (text: string): string => nodeHash(algorithm as 'SHA-256', text)
  const count = nc.toString(16).padStart(8, '0')
  const response = hash([hash(`alice:${realm}:${password}`), nonce, count, 'c', 'auth', hash(`INVITE:${uri}`)].join(':'))
  return `Digest username="alice", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}, qop=auth, nc=${count}, cnonce="c", response="${response}"`
}

const issued = (worker: number): string => noncesOf(issuerOf('b007', worker), NONCES).issue(wall, SOURCE)
const credentials = { ask: 'credentials', username: 'alice', domain: 'demo.test' } as const

/** What the step hears when it runs again. */
async function verdict(worker: number, request: SipRequest): Promise<string> {
  const answers = await ask(worker, credentials, request)
  return workers[worker - 1]!.digest.checkDigest(request, { user: 'alice@demo.test', source: SOURCE }, answers.credentials!, wall)
}

describe('nonces of a proxy with several workers', () => {
  test('what one has issued is good at the other (RFC 7616 §3.3)', async () => {
    expect(await verdict(2, invite({ nonce: issued(1) }))).toBe('ok')
  })

  test('a count is good once, whichever worker hears it (RFC 7616 §3.4.5)', async () => {
    const nonce = issued(1)
    expect(await verdict(1, invite({ nonce, nc: 1 }))).toBe('ok')
    expect(await verdict(2, invite({ nonce, nc: 1, cseq: 2, branch: 'z9hG4bK2' }))).toBe('stale')
    expect(await verdict(2, invite({ nonce, nc: 2, cseq: 3, branch: 'z9hG4bK3' }))).toBe('ok')
    expect(await verdict(1, invite({ nonce, nc: 2, cseq: 4, branch: 'z9hG4bK4' }))).toBe('stale')
  })

  test('a request that comes again while its nonce is being asked about is the same use (RFC 3261 §17.2.1)', async () => {
    held = []
    const nonce = issued(1)
    const both = Promise.all([verdict(1, invite({ nonce })), verdict(1, invite({ nonce }))])
    await new Promise(resolve => setImmediate(resolve))
    for (const go of held) go()
    expect(await both).toEqual(['ok', 'ok'])
  })

  test('a wrong password uses nothing up', async () => {
    const nonce = issued(1)
    expect(await verdict(1, invite({ nonce, password: 'guess' }))).toBe('wrong')
    expect(await verdict(2, invite({ nonce, cseq: 2, branch: 'z9hG4bK2' }))).toBe('ok')
  })

  test.each([
    ['too old', () => issued(1), 300_001],
    ['of another installation', () => noncesOf('b007-1', { ...NONCES, nonceKey: new Uint8Array(32).fill(1) }).issue(wall), 0],
    ['of a worker that was made up', () => `b007-99${issued(1).slice('b007-1'.length)}`, 0],
    ['of nobody', () => 'nonsense', 0],
  ])('one that is %s is challenged again', async (_, nonce, laterMs) => {
    const request = invite({ nonce: nonce() })
    wall += laterMs
    expect(await verdict(1, request)).toBe('stale')
  })
})

describe('wrong passwords at a proxy with several workers', () => {
  const guess = (worker: number, cseq: number, password?: string, nonce = issued(1)): Promise<string> =>
    verdict(worker, invite({ nonce, nc: cseq, cseq, branch: `z9hG4bK${cseq}`, ...(password !== undefined && { password }) }))

  test('are counted together, and bar the right one too, until the ban is over (threat: brute force)', async () => {
    expect([await guess(1, 1, 'a'), await guess(2, 2, 'b'), await guess(1, 3, 'c')]).toEqual(['wrong', 'wrong', 'wrong'])
    expect([await guess(1, 4, 'd'), await guess(1, 5), await guess(2, 6)]).toEqual(['barred', 'barred', 'barred'])
    wall += 60_000
    expect(await guess(2, 7)).toBe('ok')
  })

  test('are forgotten with the right one, and by whoever lifts the ban', async () => {
    for (const [cseq, password] of [[1, 'a'], [2, 'b'], [3], [4, 'c'], [5, 'd']] as const) await guess(1, cseq, password)
    expect(bans.list(wall)).toEqual([])
    await guess(2, 6, 'e')
    expect(bans.lift('alice@demo.test')).toBe(1)
    expect(await guess(1, 7)).toBe('ok')
  })

  test('say nothing, and count nothing, with a nonce that was not sent there', async () => {
    const elsewhere = noncesOf(issuerOf('b007', 1), NONCES).issue(wall, '127.0.0.66')
    const answers = [await guess(1, 1, 'a', elsewhere), await guess(1, 2, undefined, elsewhere), await guess(1, 3, 'b', 'made.up.1.x')]
    expect(answers).toEqual(['stale', 'stale', 'stale'])
    expect([await guess(1, 4, 'c'), await guess(1, 5, 'd'), await guess(1, 6)]).toEqual(['wrong', 'wrong', 'ok'])
  })
})

describe('bindings of a proxy with several workers', () => {
  const register = (contact: string, cseq: number, callId: string): SipRequest =>
    parse(
      wire(
        [
          'REGISTER sip:demo.test SIP/2.0',
          'Via: SIP/2.0/UDP 127.0.0.9:5080;branch=z9hG4bK1',
          'From: <sip:alice@demo.test>;tag=1',
          'To: <sip:alice@demo.test>',
          `Call-ID: ${callId}`,
          `CSeq: ${cseq} REGISTER`,
          `Contact: <${contact}>`,
        ].join('\n'),
      ),
    ) as SipRequest
  const bind = { ask: 'bind', aor: 'alice@demo.test' } as const
  const location = { ask: 'location', aor: 'alice@demo.test' } as const
  const located = async (worker: number): Promise<readonly (string | undefined)[]> =>
    (await ask(worker, location, register('sip:x@127.0.0.9', 1, 'x'))).location!.map(({ uri }) => uri)

  test('what one has bound the other finds, as soon as the 200 may leave (design §8.6)', async () => {
    const { bind: reply } = await ask(1, bind, register('sip:alice@127.0.0.9:5080', 1, 'one'))
    expect(reply).toMatchObject({ status: 200 })
    expect(await located(2)).toEqual(['sip:alice@127.0.0.9:5080'])
    expect(await located(1)).toEqual(['sip:alice@127.0.0.9:5080'])
  })

  test('two phones of one user that register at two workers at once both stay', async () => {
    await Promise.all([
      ask(1, bind, register('sip:alice@127.0.0.9:5080', 1, 'one')),
      ask(2, bind, register('sip:alice@127.0.0.9:5090', 1, 'two')),
    ])
    expect(await located(1)).toHaveLength(2)
  })

  test('the flow is the one of the worker that heard the REGISTER (RFC 5626 §5.2)', async () => {
    await ask(2, bind, register('sip:alice@127.0.0.9:5080', 1, 'one'))
    const { location: targets } = await ask(1, location, register('sip:x@127.0.0.9', 1, 'x'))
    expect(targets![0]!.flow).toEqual({ transport: 'UDP', address: '127.0.0.9', port: 5080, own: 5060 })
  })
})
