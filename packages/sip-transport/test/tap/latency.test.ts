/** How long answers take: buckets, start times, and what an endpoint counts. */
import { parse, responseTo, type SipRequest } from '@strowger/sip-parser'
import { TransactionLayer } from '@strowger/sip-transaction'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HISTOGRAM_BOUNDS, Histogram } from '../../src/index.ts'
import { StartTimes } from '../../src/tap/start-times.ts'
import { TimedLayer } from '../../src/tap/timed-layer.ts'
import { request } from '../peers.ts'

const parsed = (text: string): SipRequest => parse(Buffer.from(text)) as SipRequest

describe('a histogram', () => {
  test('counts each time in the first bucket whose bound is not less', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 1e9, noNaN: true }), ms => {
        const histogram = new Histogram()
        histogram.record(ms)
        const first = HISTOGRAM_BOUNDS.findIndex(bound => Math.max(0, ms) / 1000 <= bound)
        expect(histogram.counts.indexOf(1)).toBe(first < 0 ? HISTOGRAM_BOUNDS.length : first)
        expect([histogram.count, histogram.sum]).toEqual([1, Math.max(0, ms) / 1000])
      }),
    )
  })

  test('its bounds are the very edges', () => {
    for (const [i, bound] of HISTOGRAM_BOUNDS.entries()) {
      const histogram = new Histogram()
      histogram.record(bound * 1000)
      expect(histogram.counts.indexOf(1)).toBe(i)
    }
  })
})

test('start times hold as many as there are, growing, and forget what has ended', () => {
  const times = new StartTimes()
  for (let id = 0; id < 5000; id++) times.begin(id, id / 2, id % 15)
  expect(times.room).toBe(16_384)
  for (let id = 0; id < 5000; id++) {
    const at = times.find(id)
    expect([times.time(at), times.mark(at), times.first(at), times.first(at), times.mark(at)]).toEqual([
      id / 2,
      id % 15,
      true,
      false,
      id % 15,
    ])
    times.end(at)
    expect(times.find(id)).toBe(-1)
  }
  for (let id = 0; id < 1_000_000; id++) times.begin(id, 0, 0)
  expect(times.room).toBe(2 ** 18)
})

describe('a layer that measures', () => {
  const hop = { transport: 'UDP', local: { address: '127.0.0.1', port: 5060 }, remote: { address: '127.0.0.9', port: 5070 } } as const

  function timed(): { layer: TimedLayer; at(now: number): TimedLayer; drain(): void } {
    let now = 0
    const layer = new TimedLayer({ token: () => `token${now}-0123456789`, tagOf: () => 'tag' }, () => now)
    const drain = (): void => {
      for (let output = layer.poll(); output !== undefined; output = layer.poll()) {
        if (output.kind === 'transmit' && output.transaction?.side === 'server') layer.answered(output.transaction, output.bytes)
      }
    }
    return {
      layer,
      at(time) {
        now = time
        return layer
      },
      drain,
    }
  }

  test('an INVITE rings after 300 ms, once; is answered after 4 s; the 100 of the layer is no provisional answer', () => {
    const { at, drain } = timed()
    const invite = parsed(request({ method: 'INVITE' }))
    const server = at(1000).accept(1000, { request: invite, from: hop })
    at(1250).wake(1250)
    drain()
    for (const [time, status] of [
      [1300, 180],
      [2000, 183],
      [5000, 200],
      [5500, 200],
    ] as const) {
      at(time).respond(time, server, responseTo(invite, status))
      drain()
    }
    const { provisional, final } = at(6000).latencies
    expect(provisional.map(({ method, histogram }) => [method, histogram.count, histogram.sum])).toEqual([['INVITE', 1, 0.3]])
    expect(final.map(({ method, histogram }) => [method, histogram.count, histogram.sum])).toEqual([['INVITE', 1, 4]])
  })

  test('an answer without a transaction counts from the read that brought the request', () => {
    const { layer, at } = timed()
    const options = parsed(request({ method: 'OPTIONS' }))
    layer.turn = 10
    at(14).replyStateless({ request: options, from: hop }, responseTo(options, 200))
    expect(layer.latencies.final.map(({ method, histogram }) => [method, histogram.sum])).toEqual([['OPTIONS', 0.004]])
  })

  test('is a transaction layer in everything else', () => {
    expect(timed().layer).toBeInstanceOf(TransactionLayer)
  })
})
