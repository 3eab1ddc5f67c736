/** A saved transaction goes on in another layer as it would have here: every state × every event, compared with the one that stayed. RFC 3261 §17. */
import { parse, responseTo, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { newCall, seededRandom, seededToken } from '@strowger/testkit'
import { describe, expect, test } from 'vitest'
import { type Hop, type Output, type SavedTransaction, type Transaction, TransactionLayer } from '../src/index.ts'

const HERE = { address: '192.0.2.1', port: 5060 }
const THERE = { address: '192.0.2.2', port: 5060 }

/** A layer, the one transaction looked at, and all that came out, with its time. */
class Side {
  readonly layer: TransactionLayer
  readonly log: string[] = []
  transaction!: Transaction
  constructor(seed: number) {
    this.layer = new TransactionLayer({ token: seededToken(seededRandom(seed)), tagOf: () => 'keyed', findMerged: true })
  }
  drain(now: number): Output[] {
    const outputs: Output[] = []
    for (let out = this.layer.poll(); out !== undefined; out = this.layer.poll()) outputs.push(out)
    this.log.push(...outputs.map(out => `${now} ${describeOutput(out)}`))
    return outputs
  }
  runTo(until: number): void {
    for (let next = this.layer.nextWake; next <= until; next = this.layer.nextWake) {
      this.layer.wake(next)
      this.drain(next)
    }
  }
}

function describeOutput(out: Output): string {
  if (out.kind === 'transmit') return `transmit ${out.hop.transport} ${out.hop.remote.port} ${Buffer.from(out.bytes).toString('latin1')}`
  if (out.kind === 'response') return `response ${out.response.status}`
  if (out.kind === 'failed') return `failed ${out.cause}`
  if (out.kind === 'request') return `request ${out.incoming.merged}`
  return out.kind
}

type Act = (side: Side, now: number) => void
const message = (text: string): SipRequest | SipResponse => {
  const parsed = parse(new TextEncoder().encode(text))
  if (parsed.kind === 'malformed') throw new Error(parsed.code)
  return parsed
}
/** What the peer sent, or what we did. The client's requests are the same in both layers, so its answers fit both. */
function scenes(hop: Hop, via: string): { readonly client: Record<string, Act>; readonly server: Record<string, Act> } {
  const receive = (method: string): Act => {
    const text = `${method} sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP ${via}\r\nFrom: "\u00e9" <sip:a@a>;tag=1\r\nTo: <sip:b@b>${method === 'ACK' ? ';tag=keyed' : ''}\r\nCall-ID: c\r\nCSeq: 1 ${method}\r\nMax-Forwards: 70\r\nReason: SIP;cause=200\r\n\r\n`
    return ({ layer }, now) => layer.receive(now, message(text), hop)
  }
  const sent =
    (method: string, options: object = {}): Act =>
    (side, now) => {
      side.transaction = side.layer.send(now, newCall(method, seededToken(seededRandom(5))), hop, { branch: 'ours', ...options })
    }
  const got =
    (status: number, cseq: string): Act =>
    ({ layer }, now) => {
      const via = `${HERE.address}:${HERE.port};branch=z9hG4bKours`
      layer.receive(
        now,
        message(
          `SIP/2.0 ${status} x\r\nVia: SIP/2.0/UDP ${via}\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 ${cseq}\r\n\r\n`,
        ),
        hop,
      )
    }
  const accepted =
    (method: string): Act =>
    (side, now) => {
      receive(method)(side, now)
      const [output] = side.drain(now)
      if (output?.kind !== 'request') throw new Error('not new')
      side.transaction = side.layer.accept(now, output.incoming)
    }
  const respond =
    (status: number, method: string): Act =>
    (side, now) => {
      const request = message(
        `${method} sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP ${via}\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 ${method}\r\n\r\n`,
      ) as SipRequest
      if (side.transaction.side === 'server') side.layer.respond(now, side.transaction, responseTo(request, status, { toTag: 'keyed' }))
    }
  const failed: Act = ({ layer, transaction }, now) => layer.sendFailed(now, transaction)
  const cancel: Act = ({ layer, transaction }, now) =>
    transaction.side === 'client' && layer.cancel(now, transaction, { reason: 'SIP;cause=200' })
  return {
    client: {
      INVITE: sent('INVITE'),
      OPTIONS: sent('OPTIONS'),
      'INVITE for a while': sent('INVITE', { giveUpMs: 400 }),
      cancel,
      failed,
      100: got(100, 'INVITE'),
      180: got(180, 'INVITE'),
      200: got(200, 'INVITE'),
      486: got(486, 'INVITE'),
      '100 OPTIONS': got(100, 'OPTIONS'),
      '200 OPTIONS': got(200, 'OPTIONS'),
      '200 CANCEL': got(200, 'CANCEL'),
    },
    server: {
      INVITE: accepted('INVITE'),
      OPTIONS: accepted('OPTIONS'),
      failed,
      'INVITE again': receive('INVITE'),
      'OPTIONS again': receive('OPTIONS'),
      ACK: receive('ACK'),
      CANCEL: receive('CANCEL'),
      'merged INVITE': ({ layer }, now) =>
        layer.receive(
          now,
          message(
            `INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP other;branch=z9hG4bKother\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n`,
          ),
          hop,
        ),
      'respond 100': respond(100, 'OPTIONS'),
      'respond 180': respond(180, 'INVITE'),
      'respond 200': respond(200, 'INVITE'),
      'respond 486': respond(486, 'INVITE'),
      'respond 200 OPTIONS': respond(200, 'OPTIONS'),
      'respond 408 OPTIONS': respond(408, 'OPTIONS'),
    },
  }
}

/** How each state is reached: acts 100 ms apart. */
const WAYS: readonly [side: 'client' | 'server', machine: string, state: string, acts: string][] = [
  ['client', 'INVITE client', 'calling', 'INVITE'],
  ['client', 'INVITE client', 'calling', 'INVITE, cancel'],
  ['client', 'INVITE client', 'calling', 'INVITE for a while'],
  ['client', 'INVITE client', 'proceeding', 'INVITE, 180'],
  ['client', 'INVITE client', 'proceeding', 'INVITE, 180, cancel'],
  ['client', 'INVITE client', 'proceeding', 'INVITE, 180, cancel, 200 CANCEL'],
  ['client', 'INVITE client', 'abandoned', 'INVITE for a while, wait, wait, wait, wait'],
  ['client', 'INVITE client', 'accepted', 'INVITE, 200'],
  ['client', 'INVITE client', 'completed', 'INVITE, 486'],
  ['client', 'INVITE client', 'completed', 'INVITE, 180, cancel, 200 CANCEL, 486'],
  ['client', 'non-INVITE client', 'trying', 'OPTIONS'],
  ['client', 'non-INVITE client', 'proceeding', 'OPTIONS, 100 OPTIONS'],
  ['client', 'non-INVITE client', 'completed', 'OPTIONS, 200 OPTIONS'],
  ['server', 'INVITE server', 'proceeding', 'INVITE'],
  ['server', 'INVITE server', 'proceeding', 'INVITE, respond 180'],
  ['server', 'INVITE server', 'accepted', 'INVITE, respond 200'],
  ['server', 'INVITE server', 'completed', 'INVITE, respond 486'],
  ['server', 'INVITE server', 'confirmed', 'INVITE, respond 486, ACK'],
  ['server', 'non-INVITE server', 'trying', 'OPTIONS'],
  ['server', 'non-INVITE server', 'proceeding', `OPTIONS${', wait'.repeat(35)}`],
  ['server', 'non-INVITE server', 'completed', 'OPTIONS, respond 200 OPTIONS'],
  ['server', 'non-INVITE server', 'completed', 'OPTIONS, respond 408 OPTIONS'],
]
const wait: Act = () => {}

for (const [kind, via] of [
  ['RFC 3261', 'h.test;branch=z9hG4bKa'],
  ['RFC 2543', 'old.test;branch=1'],
] as const) {
  for (const transport of ['UDP', 'TCP'] as const) {
    const hop: Hop = { transport, local: HERE, remote: THERE }
    const { client, server } = scenes(hop, via)
    describe(`a peer of ${kind} over ${transport}`, () => {
      for (const [side, machine, state, way] of WAYS) {
        const named: Record<string, Act> = { ...(side === 'client' ? client : server), wait }
        const events = Object.keys(named).filter(name => !/^(INVITE|OPTIONS)($| for)/.test(name))
        test(`${machine} in ${state} (${way}) goes on in another layer, whatever comes (RFC 3261 §17)`, () => {
          let seen = 0
          for (const later of [0, 650]) {
            for (const event of events)
              seen += compare(
                way.split(', ').map(name => named[name]!),
                named[event]!,
                later,
                machine,
                state,
              )
          }
          if (transport === 'UDP') expect(seen).toBeGreaterThan(0)
        })
      }
    })
  }
}

/** Saved again at once by the layer that has just taken it over. */
function throughAThird(saved: SavedTransaction): SavedTransaction {
  const { layer } = new Side(3)
  return JSON.parse(JSON.stringify(layer.save(5, layer.resume(5, saved))))
}

/** 1 when there was a transaction to save. */
function compare(acts: readonly Act[], event: Act, later: number, machine: string, state: string): number {
  const stayed = new Side(1)
  let now = 0
  for (const act of acts) {
    act(stayed, now)
    stayed.drain(now)
    now += 100
    stayed.runTo(now)
  }
  now += later
  stayed.runTo(now)
  const text = JSON.stringify(stayed.layer.save(now, stayed.transaction))
  if (text === undefined) return expect(stayed.transaction.state).toBe('terminated') ?? 0
  const saved = JSON.parse(text) as SavedTransaction
  if (later === 0) expect([saved.machine, saved.state]).toEqual([machine, state])
  const moved = new Side(2)
  moved.transaction = moved.layer.resume(now - 50, throughAThird(saved)) // another clock
  expect(moved.transaction.state).toBe(stayed.transaction.state)
  const { length } = stayed.log
  for (const [side, clock] of [
    [stayed, 0],
    [moved, -50],
  ] as const) {
    side.runTo(now + 130 + clock)
    event(side, now + 130 + clock)
    side.drain(now + 130 + clock)
    side.runTo(now + 300_000)
  }
  const shifted = moved.log.map(line => line.replace(/^\S+/, time => `${Number(time) + 50}`))
  expect(shifted).toEqual(stayed.log.slice(length))
  expect(moved.layer.counts()).toEqual(stayed.layer.counts())
  return 1
}

test('what is over cannot be saved, and another version or state is refused with a word on why', () => {
  const side = new Side(1)
  const hop: Hop = { transport: 'TCP', local: HERE, remote: THERE }
  const options = side.layer.send(0, newCall('OPTIONS', seededToken(seededRandom(5))), hop)
  const saved = side.layer.save(0, options)!
  expect(() => side.layer.resume(0, { ...saved, version: 2 as never })).toThrow(/version 2/)
  expect(() => side.layer.resume(0, { ...saved, state: 'calling' })).toThrow(/"calling"/)
  expect(() => side.layer.resume(0, { ...saved, request: 'OPTIONS' })).toThrow(/does not read/)
  side.layer.sendFailed(0, options)
  expect(side.layer.save(0, options)).toBeUndefined()
})

test('a request that came again before its transaction was taken over is one transaction', () => {
  const side = new Side(1)
  const options = side.layer.send(0, newCall('OPTIONS', seededToken(seededRandom(5))), { transport: 'UDP', local: HERE, remote: THERE })
  const saved = side.layer.save(0, options)!
  expect(side.layer.resume(0, saved)).toBe(options)
  expect(side.layer.counts().client).toBe(1)
})

test('a flow of another process is not used; the way from here may be given (RFC 5626 §5.3)', () => {
  const side = new Side(1)
  const hop: Hop = { transport: 'TCP', local: HERE, remote: THERE, flow: 7 }
  const saved = side.layer.save(0, side.layer.send(0, newCall('INVITE', seededToken(seededRandom(5))), hop))!
  expect(JSON.stringify(saved)).not.toContain('flow')
  for (const [given, flow] of [
    [undefined, undefined],
    [{ ...hop, flow: 9 }, 9],
  ] as const) {
    const { layer } = new Side(2)
    layer.resume(0, saved, given)
    layer.receive(
      0,
      message(
        'SIP/2.0 486 x\r\nVia: SIP/2.0/TCP h;branch=' +
          /branch=(\w+)/.exec(saved.request!)![1] +
          '\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n',
      ),
      hop,
    )
    const outputs = [layer.poll(), layer.poll()]
    expect(outputs.find(out => out?.kind === 'transmit')?.hop.flow).toBe(flow)
  }
})
