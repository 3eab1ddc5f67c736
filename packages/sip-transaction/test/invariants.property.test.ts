/** What holds under any loss, duplication, reordering and cancelling. RFC 3261 §17. */
import { parse, responseTo } from '@strowger/sip-parser'
import { answering, type Simulation, simulate } from '@strowger/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClientTransaction, Output } from '../src/index.ts'

const scenario = fc.record({
  seed: fc.nat(1_000_000),
  method: fc.constantFrom('INVITE', 'INVITE', 'OPTIONS', 'REGISTER'),
  transport: fc.constantFrom('UDP' as const, 'UDP' as const, 'UDP' as const, 'TCP' as const),
  loss: fc.constantFrom(0, 0.1, 0.3, 0.6),
  duplicate: fc.constantFrom(0, 0.3),
  reorder: fc.constantFrom(0, 0.3),
  delayMs: fc.constantFrom(0, 20, 80),
  everyMs: fc.constantFrom(0, 70, 900, 9000),
  provisional: fc.subarray([100, 180, 183]),
  final: fc.constantFrom(200, 302, 404, 486, 503, 603, undefined),
  giveUpMs: fc.constantFrom(undefined, undefined, 100, 2000),
  cancelMs: fc.constantFrom(undefined, 0, 60, 950, 5000),
  breakMs: fc.constantFrom(undefined, undefined, undefined, 80, 1000),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

function play(s: Scenario): { readonly net: Simulation; readonly transaction: ClientTransaction; readonly left: object } {
  const statuses = s.final === undefined ? s.provisional : [...s.provisional, s.final]
  const net = simulate({ ...s, server: answering(statuses, s.everyMs) })
  const transaction = net.request(s.method, s.giveUpMs === undefined ? {} : { giveUpMs: s.giveUpMs })
  const cancel = (): void => net.client.layer.cancel(net.now, transaction)
  if (s.cancelMs !== undefined) net.after(s.cancelMs, cancel)
  net.after(200_000, cancel) // what timer C of a proxy does (RFC 3261 §16.8)
  if (s.breakMs !== undefined) {
    net.after(s.breakMs, () => {
      net.broken = true
    })
    net.after(s.breakMs + 3000, () => {
      net.broken = false
    })
  }
  net.advance(300_000)
  finishServer(net)
  return { net, transaction, left: net.settle() }
}

/** A user that has not answered by now never will: every server transaction gets its final response. */
function finishServer({ server, now }: Simulation): void {
  for (const output of server.outputs) {
    if (output.kind !== 'request') continue
    const transaction = server.layer.find(output.incoming.request)
    if (transaction !== undefined) server.layer.respond(now, transaction, responseFor(output))
  }
}

test('no transaction stays, whatever happens', () => {
  fc.assert(
    fc.property(scenario, s => {
      expect(play(s).left).toEqual({ client: 0, server: 0, timers: 0 })
    }),
    { numRuns: 150 },
  )
})

test('the client hears one outcome, then `terminated`, and nothing after that', () => {
  fc.assert(
    fc.property(scenario, s => {
      const { net, transaction } = play(s)
      const about = net.client.outputs.filter(output => isAbout(output, transaction) && output.kind !== 'transmit')
      expect(about.at(-1)?.kind).toBe('terminated')
      expect(about.filter(({ kind }) => kind === 'terminated')).toHaveLength(1)
      const finals = about.filter(output => output.kind === 'response' && output.response.status >= 200).map(statusOf)
      if (s.method === 'INVITE') expect(new Set(finals).size).toBeLessThanOrEqual(1)
      else expect(finals.length).toBeLessThanOrEqual(1)
      const failures = about.filter(({ kind }) => kind === 'failed').length
      const lateSuccess = s.giveUpMs !== undefined && finals.includes(200)
      const ackUndelivered = s.breakMs !== undefined
      expect(failures + (finals.length > 0 ? 1 : 0)).toBeGreaterThanOrEqual(1)
      if (!lateSuccess && !ackUndelivered) expect(failures + (finals.length > 0 ? 1 : 0)).toBe(1)
    }),
    { numRuns: 150 },
  )
})

test('the server user hears of a request once, and never are two different finals sent', () => {
  fc.assert(
    fc.property(scenario, s => {
      const { net } = play(s)
      expect(net.server.outputs.filter(({ kind }) => kind === 'request').length).toBeLessThanOrEqual(1)
      const finals = net.server.outputs
        .filter(output => output.kind === 'transmit' && output.transaction !== undefined)
        .map(output => Buffer.from((output as { bytes: Uint8Array }).bytes).toString())
        .filter(text => !text.startsWith('SIP/2.0 1'))
      expect(new Set(finals).size).toBeLessThanOrEqual(1)
      if (s.method !== 'INVITE') expect(finals.some(text => text.startsWith('SIP/2.0 408'))).toBe(false)
    }),
    { numRuns: 150 },
  )
})

test('a request goes to the wire as one and the same bytes each time', () => {
  fc.assert(
    fc.property(scenario, s => {
      const { net } = play(s)
      for (const method of [s.method, 'CANCEL']) {
        const wires = net.client.outputs
          .filter(output => output.kind === 'transmit')
          .filter(output => {
            const message = parse(output.bytes)
            return message.kind === 'request' && message.method === method
          })
          .map(output => Buffer.from(output.bytes).toString())
        expect(new Set(wires).size).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 60 },
  )
})

function responseFor(output: Output & { readonly kind: 'request' }) {
  return responseTo(output.incoming.request, 500)
}

function isAbout(output: Output, transaction: ClientTransaction): boolean {
  return 'transaction' in output && output.transaction === transaction
}

function statusOf(output: Output): number {
  return output.kind === 'response' ? output.response.status : 0
}
