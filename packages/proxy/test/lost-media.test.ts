/** Whom the application server hears of when a relay is gone, and how often. */
import { LOST_MEDIA_HEADER, MOST_LOST_CALLS, newKey, readLostMedia, signLostMedia } from '@strowger/runtime'
import { parse, type SipRequest } from '@strowger/sip-parser'
import { TransactionLayer } from '@strowger/sip-transaction'
import { describe, expect, test } from 'vitest'
import { AppserverWatch } from '../src/appserver-watch.ts'
import { LostMedia } from '../src/media/lost-media.ts'

const sessions = (count: number): string[] => Array.from({ length: count }, (_, at) => [`call-${at}.a`, `call-${at}.b0`]).flat()

describe('lost media', () => {
  test('a call is named once for all its sessions, again after five seconds, and no more when it has a relay', () => {
    const lost = new LostMedia()
    expect(lost.due(['c1.a', 'c1.b0', 'c2.a'], 0)).toEqual([['c1', 'c2']])
    expect(lost.due(['c1.a', 'c1.b0', 'c2.a', 'c3.a'], 500)).toEqual([['c3']])
    expect(lost.due(['c1.b0', 'c3.a'], 5000)).toEqual([['c1']])
    expect(lost.due([], 5100)).toEqual([])
    expect(lost.due(['c1.a'], 5200)).toEqual([['c1']])
  })

  test('many are named a few at a time, and none starves', () => {
    const lost = new LostMedia()
    const [all, named] = [sessions(1000), [] as string[]]
    for (let now = 0; now < 10_000; now += 500) {
      const lots = lost.due(all, now)
      expect(lots.length).toBeLessThanOrEqual(8)
      for (const lot of lots) expect(lot.length).toBeLessThanOrEqual(MOST_LOST_CALLS)
      named.push(...lots.flat())
      if (now < 3500) expect(new Set(named).size).toBe(named.length)
    }
    expect(new Set(named).size).toBe(1000)
  })

  test('goes out in probes of their own, which a datagram holds (RFC 3261 §18.1.1)', () => {
    const key = newKey()
    const keys = { signing: key, accepted: [key] }
    const calls = Array.from({ length: MOST_LOST_CALLS }, (_, at) => `c${at}`.padEnd(26, 'x'))
    const layer = new TransactionLayer({ token: () => 'token', tagOf: () => 'tag' })
    const watch = new AppserverWatch({
      layer,
      appserver: { address: '127.0.0.1', port: 6060 },
      local: () => ({ address: '127.0.0.1', port: 5060 }),
      place: () => 'place',
      token: () => 'watch-0123456789abcdef',
      onDied: () => {},
      lostMedia: () => [signLostMedia(calls, keys)],
    })
    watch.tick(0)
    watch.tick(100)
    const sent: Uint8Array[] = []
    for (let output = layer.poll(); output !== undefined; output = layer.poll()) if (output.kind === 'transmit') sent.push(output.bytes)
    expect(sent.map(bytes => bytes.length < 1300)).toEqual([true, true])
    const [plain, naming] = sent.map(bytes => parse(bytes) as SipRequest)
    expect(plain?.headers.raw(LOST_MEDIA_HEADER)).toEqual([])
    expect(readLostMedia(naming?.headers.raw(LOST_MEDIA_HEADER)[0] ?? '', keys)).toEqual(calls)
  })
})
