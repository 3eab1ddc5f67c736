import { Authorization, Contact, Event, Expires, parse, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import { challenges } from '../../src/digest/challenge.ts'
import { nodeHash as hash } from '../../src/node.ts'
import { MWI, Watch } from './watch.ts'

const account = { username: 'bob', password: 'secret', hash }

describe('a subscription', () => {
  it('is told the state at once and refreshed before it ends (RFC 6665 §4.1.2.2, §4.2.1.2)', () => {
    const watch = new Watch().start().run(1200)
    expect(watch.told).toEqual(['0 active v0', '480 active v0', '960 active v0'])
    expect(watch.served.filter(line => line.startsWith('SUBSCRIBE'))).toEqual(['SUBSCRIBE 600', 'SUBSCRIBE 600', 'SUBSCRIBE 600'])
    expect([watch.subscribers, watch.watcher.state]).toEqual([1, 'running'])
  })

  it('hears of every change, the latest one last (RFC 6665 §4.2.2)', () => {
    const watch = new Watch({ delayMs: 50 }).start().run(1).change('v1').change('v2').change('v3').run(1)
    expect(watch.told.map(line => line.split(' ').at(-1))).toEqual(['v0', 'v1', 'v3'])
  })

  it('is unsubscribed with Expires 0 and a last NOTIFY (RFC 6665 §4.1.2.3)', () => {
    const watch = new Watch().start().run(10).stop().run(1)
    expect(watch.told).toEqual(['0 active v0', '10 terminated timeout v0', '10 ended timeout'])
    expect([watch.subscribers, watch.ended]).toEqual([0, ['timeout']])
  })

  it('that asks for 0 seconds gets the state once, and no dialog (RFC 6665 §4.4.3)', () => {
    const watch = new Watch({ subscription: { seconds: 0 } }).start().run(1)
    expect(watch.told).toEqual(['0 terminated timeout v0', '0 ended timeout'])
    expect(watch.simulation.settle()).toEqual({ client: 0, server: 0, timers: 0 })
  })

  it('stopped before any NOTIFY is ended in the dialog that comes (RFC 6665 §4.1.2.3)', () => {
    const watch = new Watch({ delayMs: 100 }).start().stop().run(5)
    expect(watch.served).toEqual(['SUBSCRIBE 600', 'NOTIFY', 'SUBSCRIBE 0', 'NOTIFY'])
    expect([watch.told.at(-1), watch.subscribers]).toEqual(['0 ended timeout', 0])
  })

  it('stopped and started again at once is there again, under another Call-ID (RFC 6665 §4.1.2.3)', () => {
    const watch = new Watch({ delayMs: 100 }).start().run(5).stop().start().run(5)
    expect([watch.told, watch.subscribers]).toEqual([['0 active v0', '5 terminated timeout v0', '5 active v0'], 1])
  })

  it('goes by the duration that was granted, not by what it asked for (RFC 6665 §4.1.3, §4.2.1.1)', () => {
    const watch = new Watch({ notifier: { packages: [{ ...MWI, maxSeconds: 100 }] } }).start().run(100)
    expect(watch.told).toEqual(['0 active v0', '80 active v0'])
  })

  it('asks for longer after 423 (RFC 6665 §4.1.2.1)', () => {
    const notifier = { packages: [{ ...MWI, minSeconds: 1800 }] }
    const watch = new Watch({ subscription: { seconds: 60 }, notifier }).start().run(1)
    expect(watch.served.slice(0, 2)).toEqual(['SUBSCRIBE 60', 'SUBSCRIBE 1800'])
    expect(watch.told).toEqual(['0 active v0'])
  })

  it('answers a challenge, and ahead of it from then on (RFC 3261 §22.2)', () => {
    const watch = new Watch({ tools: { account } })
    const signed: boolean[] = []
    watch.challenge = request => {
      signed.push(request.headers.has(Authorization))
      return request.headers.has(Authorization) ? undefined : challenges({ realm: 'r', nonce: 'n' })
    }
    watch.start().run(500)
    expect([signed, watch.told]).toEqual([
      [false, true, true],
      ['0 active v0', '480 active v0'],
    ])
  })

  it('does not try a wrong password twice, nor ever again by itself (RFC 3261 §22.1)', () => {
    const watch = new Watch({ tools: { account } })
    watch.challenge = () => challenges({ realm: 'r', nonce: 'n' })
    watch.start().run(3600)
    expect([watch.served.length, watch.told]).toEqual([2, ['0 ended 401']])
  })

  it('is not asked for again where the event is not known (RFC 6665 §4.1.2.1)', () => {
    const watch = new Watch({ notifier: { packages: [{ ...MWI, name: 'dialog' }] } }).start().run(3600)
    expect(watch.told).toEqual(['0 ended 489'])
  })

  it('is tried less and less often where it is refused for now, never in a tight loop (RFC 6665 §4.1.2.1)', () => {
    const watch = new Watch()
    watch.intercept = () => 404
    watch.start().run(900)
    expect(watch.told).toEqual([
      '0 waiting 30 404',
      '30 waiting 60 404',
      '90 waiting 120 404',
      '210 waiting 240 404',
      '450 waiting 480 404',
    ])
  })

  it('that nobody answers, or accepts without a NOTIFY, has failed after 64*T1 (RFC 6665 §4.1.2.4)', () => {
    const silent = new Watch()
    silent.simulation.drop = () => true
    expect(silent.start().run(60).told).toEqual(['32 waiting 30'])
    const mute = new Watch()
    mute.intercept = () => 200
    expect(mute.start().run(60).told).toEqual(['32 waiting 30'])
  })

  it('counts as made by a NOTIFY that comes before the 2xx, or without it (RFC 6665 §4.1.2.4)', () => {
    const watch = new Watch()
    watch.simulation.drop = message => message.kind === 'response' && message.headers.raw('CSeq')[0] === '1 SUBSCRIBE'
    watch.start().run(100)
    expect([watch.told, watch.watcher.state, watch.subscribers]).toEqual([['0 active v0'], 'running', 1])
  })

  it('lost at a refresh is made anew under another Call-ID (RFC 6665 §4.1.2.2)', () => {
    const watch = new Watch().start()
    let refused = 0
    watch.intercept = request => (/tag=/.test(request.headers.raw('To')[0] ?? '') && refused++ === 0 ? 481 : undefined)
    watch.run(500)
    expect(watch.told).toEqual(['0 active v0', '480 active v0'])
    expect(new Set(watch.callIds).size).toBe(2)
  })

  it('stands when a refresh is refused for other reasons, and asks again before its time is over (RFC 6665 §4.1.2.2)', () => {
    const watch = new Watch().start()
    let refused = 0
    watch.intercept = request => (/tag=/.test(request.headers.raw('To')[0] ?? '') && refused++ < 2 ? 500 : undefined)
    watch.run(600)
    expect([watch.told, refused]).toEqual([['0 active v0', '570 active v0'], 3])
  })
})

describe('a subscription that the notifier ends', () => {
  const ended = (
    reason: 'deactivated' | 'probation' | 'rejected' | 'timeout' | 'giveup' | 'noresource' | 'invariant' | undefined,
    retryAfterSeconds?: number,
  ) => {
    const watch = new Watch().start().run(100)
    watch.act(() =>
      watch.notifier.end(watch.simulation.now, watch.ids[0]!, {
        ...(reason && { reason }),
        ...(retryAfterSeconds && { retryAfterSeconds }),
      }),
    )
    return watch
      .run(3600)
      .told.slice(2, 4)
      .map(line => line.replace(' v0', ''))
  }

  it('is made anew at once after deactivated and timeout (RFC 6665 §4.1.3)', () => {
    expect(ended('deactivated')).toEqual(['100 active', '580 active'])
    expect(ended('timeout', 900)).toEqual(['100 active', '580 active'])
  })

  it('is made anew later, not before retry-after, after probation and giveup (RFC 6665 §4.1.3)', () => {
    expect(ended('probation', 900)).toEqual(['100 waiting 900 probation', '1000 active'])
    expect(ended('giveup', 5)).toEqual(['100 waiting 5 giveup', '105 active'])
    expect(ended('probation')).toEqual(['100 waiting 30 probation', '130 active'])
    expect(ended(undefined)).toEqual(['100 waiting 30', '130 active'])
  })

  it('is not made anew after rejected, noresource and invariant (RFC 6665 §4.1.3)', () => {
    for (const reason of ['rejected', 'noresource', 'invariant'] as const) expect(ended(reason, 5)).toEqual([`100 ended ${reason}`])
  })

  it('again and again is met with a back-off, even for deactivated (RFC 6665 §4.1.3)', () => {
    const watch = new Watch()
    watch.start()
    for (let i = 0; i < 200; i++) {
      for (const { id } of [...watch.notifier.subscriptions()])
        watch.act(() => watch.notifier.end(watch.simulation.now, id, { reason: 'deactivated' }))
      watch.run(1)
    }
    expect(watch.served.filter(line => line.startsWith('SUBSCRIBE')).length).toBeLessThan(6)
  })
})

describe('a NOTIFY', () => {
  const notify = (watch: Watch, lines: readonly string[], body = ''): SipResponse | undefined => {
    const text = [
      'NOTIFY sip:bob@192.0.2.1 SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1',
      'Max-Forwards: 70',
      'Contact: <sip:x@192.0.2.9>',
      ...lines,
      `Content-Length: ${body.length}`,
      '',
      body,
    ]
    const request = parse(new TextEncoder().encode(text.join('\r\n'))) as SipRequest
    return watch.watcher.notify(watch.simulation.now, request)?.toMessage() as SipResponse | undefined
  }
  /** Of the running subscription, but for what `change` says. */
  const like = (
    watch: Watch,
    change: { tag?: string; cseq?: number; event?: string; state?: string; extra?: string } = {},
    body?: string,
  ) => {
    const { dialog } = watch.watcher.save(0).forks[0]!
    const { tag = dialog.remoteTag, cseq = 99, event = 'message-summary', state = 'active;expires=50', extra } = change
    return notify(
      watch,
      [
        `From: <sip:alice@server.test>;tag=${tag}`,
        `To: <sip:bob@client.test>;tag=${dialog.localTag}`,
        `Call-ID: ${dialog.callId}`,
        `CSeq: ${cseq} NOTIFY`,
        ...(event ? [`Event: ${event}`] : []),
        ...(state ? [`Subscription-State: ${state}`] : []),
        ...(extra ? [extra] : []),
      ],
      body,
    )?.status
  }

  it('of no subscription is not ours: the user agent answers 481 (RFC 6665 §4.1.3)', () => {
    const watch = new Watch().start().run(1)
    expect(notify(watch, ['From: <sip:a@b>;tag=1', 'To: <sip:c@d>;tag=2', 'Call-ID: x', 'CSeq: 1 NOTIFY'])).toBeUndefined()
  })

  it('with another event is refused: 489 for a package, 481 for an id (RFC 6665 §4.1.3)', () => {
    const watch = new Watch().start().run(1)
    expect([like(watch, { event: 'presence' }), like(watch, { event: 'message-summary;id=1' })]).toEqual([489, 481])
  })

  it('without Event or Subscription-State is refused with 400 (RFC 6665 §8.2.1, §8.2.3)', () => {
    const watch = new Watch().start().run(1)
    expect([like(watch, { event: '' }), like(watch, { state: '' }), like(watch, {}, 'untyped')]).toEqual([400, 400, 400])
  })

  it('older than one taken before is refused, and its state with it (RFC 3261 §12.2.2)', () => {
    const watch = new Watch().start().run(1)
    expect([like(watch, { cseq: 99 }), like(watch, { cseq: 98 })]).toEqual([200, 500])
  })

  it('with a body nobody asked for gets 415 (RFC 3261 §8.2.3)', () => {
    const watch = new Watch().start().run(1)
    expect([
      like(watch, { extra: 'Content-Type: text/html' }, 'x'),
      like(watch, { extra: 'Content-Type: application/simple-message-summary' }, 'x'),
    ]).toEqual([415, 200])
  })

  it('says how long the subscription lasts, whatever was granted before (RFC 6665 §4.1.3)', () => {
    const watch = new Watch().start().run(40)
    like(watch, { state: 'active;expires=50' })
    expect(watch.watcher.nextWake).toBe(80_000)
  })

  it('of another fork makes a subscription of its own, or gets 481 where the package has one only (RFC 6665 §5.4.9, §4.4.1)', () => {
    const one = new Watch().start().run(1)
    expect(like(one, { tag: 'fork' })).toBe(481)
    const many = new Watch({ subscription: { forks: true } }).start().run(1)
    expect([like(many, { tag: 'fork' }), like(many, { tag: 'fork', cseq: 98 }), many.watcher.save(0).forks.length]).toEqual([200, 500, 2])
    for (let i = 0; i < 20; i++) like(many, { tag: `f${i}` })
    expect(many.watcher.save(0).forks.length).toBe(16)
  })

  it('of another fork after timer N gets 481 (RFC 6665 §4.1.2.4)', () => {
    const watch = new Watch({ subscription: { forks: true } }).start().run(31)
    expect(like(watch, { tag: 'early' })).toBe(200)
    expect(like(watch.run(2), { tag: 'late' })).toBe(481)
  })

  it('of an unknown state reads as active, of an unknown reason as none (RFC 6665 §4.1.3)', () => {
    const watch = new Watch().start().run(1)
    like(watch, { state: 'new-state;expires=50' })
    expect(watch.act(() => {}).told.at(-1)).toBe('1 active')
    like(watch, { state: 'terminated;reason=moonphase', cseq: 100 })
    expect(watch.act(() => {}).told.slice(-2)).toEqual(['1 terminated', '1 waiting 30'])
  })
})

describe('a subscription written down', () => {
  it('goes on in another process, at any moment (RFC 6665 §4.1.2.2)', () => {
    for (const moment of [0, 1, 479, 500]) {
      const watch = new Watch().start().run(moment)
      const saved = JSON.parse(JSON.stringify(watch.watcher.save(watch.simulation.now)))
      const moved = watch.moved(saved)
      expect(moved.run(1200 - moment).subscribers).toBe(1)
      expect(moved.stop().run(1).told.at(-1)).toBe('1200 ended timeout')
      expect(moved.subscribers).toBe(0)
    }
  })
})

describe('a subscription written down while a SUBSCRIBE is out', () => {
  it('takes the answer in the other process (RFC 6665 §4.1.2.2)', () => {
    for (const moment of [0, 0.05, 0.15, 480, 480.05, 480.15]) {
      const watch = new Watch({ delayMs: 100 }).start().run(moment)
      const moved = watch.moved(JSON.parse(JSON.stringify(watch.watcher.save(watch.simulation.now))))
      const told = moved.run(1000 - moment).told.map(line => line.replace(/^\d+ /, ''))
      expect([moment, told, moved.subscribers]).toEqual([moment, ['active v0', 'active v0', 'active v0'], 1])
    }
  })
})

describe('a SUBSCRIBE', () => {
  it('has one Event, a duration and a Contact (RFC 6665 §4.1.2.1, §8.2.1)', () => {
    const { watcher } = new Watch()
    watcher.start(0)
    const sent = watcher.poll()
    const request = sent?.kind === 'send' ? sent.request : undefined
    expect([request?.all(Event).length, request?.all(Expires), request?.all(Contact).length]).toEqual([1, [600], 1])
  })
})
