import type { MessageEdit, SipRequest, SipResponse } from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import { Notifier, type NotifierOptions } from '../../src/events/notifier.ts'
import { lines, request, response } from '../messages.ts'
import { bodyOf, MWI, Watch } from './watch.ts'

const CONTACT = 'Contact: <sip:bob@192.0.2.1>'
const subscribe = (extra: readonly string[], options: { to?: string; cseq?: number } = {}): SipRequest =>
  request(extra, { line: 'SUBSCRIBE sip:alice@example.com', ...options })
const notifierWith = (options: Partial<NotifierOptions> = {}): Notifier => {
  let token = 0
  return new Notifier({ packages: [MWI], contact: 'sip:alice@192.0.2.2', token: () => `t${++token}`, ...options })
}
/** The answer to a SUBSCRIBE, accepted where it can be. */
const serve = (notifier: Notifier, sent: SipRequest, now = 0): SipResponse => {
  const taken = notifier.subscribe(now, sent)
  const answer: MessageEdit =
    taken.kind === 'answered' ? taken.response : notifier.accept(now, taken.offer, { body: bodyOf('v0') }).response
  return answer.toMessage() as SipResponse
}
const refused = (extra: readonly string[], options: Partial<NotifierOptions> = {}) => {
  const { status, headers } = serve(notifierWith(options), subscribe([CONTACT, ...extra]))
  return [
    status,
    ...['Allow-Events', 'Accept', 'Min-Expires', 'Retry-After', 'Expires'].flatMap(name =>
      headers.raw(name).map(value => `${name}: ${value}`),
    ),
  ]
}

describe('a notifier', () => {
  it('answers 200 with a duration and a Contact, and notifies at once (RFC 6665 §4.2.1.1, §4.2.1.2)', () => {
    const notifier = notifierWith()
    const granted = serve(notifier, subscribe([CONTACT, 'Event: message-summary', 'Expires: 600', 'Record-Route: <sip:p@192.0.2.3;lr>']))
    expect([granted.status, granted.headers.raw('Expires'), granted.headers.raw('Contact'), granted.headers.raw('Record-Route')]).toEqual([
      200,
      ['600'],
      ['<sip:alice@192.0.2.2>'],
      ['<sip:p@192.0.2.3;lr>'],
    ])
    const output = notifier.poll()
    const sent = output?.kind === 'send' ? lines(output.request) : []
    expect(sent[0]).toBe('NOTIFY sip:bob@192.0.2.1 SIP/2.0')
    expect(sent).toContain('Event: message-summary')
    expect(sent).toContain('Subscription-State: active;expires=600')
    expect(sent).toContain('Route: <sip:p@192.0.2.3;lr>')
    expect(sent.at(-1)).toBe('v0')
  })

  it('refuses an event it does not know with 489 and those it knows (RFC 6665 §4.2.1.1, §8.3.2)', () => {
    expect(refused(['Event: presence'])).toEqual([489, 'Allow-Events: message-summary'])
    expect([refused([])[0], refused(['Event: ;;'])[0]]).toEqual([400, 400])
  })

  it('refuses too little with 423, but only below an hour (RFC 6665 §4.2.1.1)', () => {
    const packages = [{ ...MWI, minSeconds: 7200 }]
    expect(refused(['Event: message-summary', 'Expires: 3599'], { packages })).toEqual([423, 'Min-Expires: 7200'])
    expect(refused(['Event: message-summary', 'Expires: 3600'], { packages })).toEqual([200, 'Expires: 3600'])
    expect(refused(['Event: message-summary', 'Expires: 0'], { packages })).toEqual([200, 'Expires: 0'])
  })

  it('grants less than was asked, never more, and its default where nothing was (RFC 6665 §4.2.1.1, §5.4.4)', () => {
    const packages = [{ ...MWI, maxSeconds: 1000, defaultSeconds: 900 }]
    expect(refused(['Event: message-summary', 'Expires: 9999'], { packages })).toEqual([200, 'Expires: 1000'])
    expect(refused(['Event: message-summary'], { packages })).toEqual([200, 'Expires: 900'])
    expect(refused(['Event: message-summary', 'Expires: x'])[0]).toBe(400)
  })

  it('refuses who can read none of its bodies with 406 (RFC 3261 §21.4.7, RFC 6665 §5.4.5)', () => {
    expect(refused(['Event: message-summary', 'Accept: text/plain'])).toEqual([406, 'Accept: application/simple-message-summary'])
    for (const fits of ['application/*', '*/*', 'text/plain, application/simple-message-summary'])
      expect(refused(['Event: message-summary', `Accept: ${fits}`])[0]).toBe(200)
  })

  it('refuses a SUBSCRIBE without Contact, of an unknown dialog, or one too many (RFC 6665 §4.2.1, RFC 3261 §12.2.2)', () => {
    expect(serve(notifierWith(), subscribe(['Event: message-summary'])).status).toBe(400)
    expect(serve(notifierWith(), subscribe([CONTACT, 'Event: message-summary'], { to: ';tag=none' })).status).toBe(481)
    expect(refused(['Event: message-summary'], { capacity: 0 })).toEqual([503, 'Retry-After: 60'])
  })

  it('asked for another event in a dialog that has one says 403, or 489 (RFC 6665 §4.5.2)', () => {
    const notifier = notifierWith({ packages: [MWI, { ...MWI, name: 'dialog' }] })
    serve(notifier, subscribe([CONTACT, 'Event: message-summary']))
    const again = (event: string, cseq: number) => serve(notifier, subscribe([CONTACT, `Event: ${event}`], { to: ';tag=t2', cseq })).status
    expect([
      again('dialog', 400_000),
      again('message-summary;id=1', 400_001),
      again('presence', 400_002),
      again('message-summary', 400_003),
    ]).toEqual([403, 403, 489, 200])
    expect(again('message-summary', 399_000)).toBe(500)
  })

  it('holds a stranger pending until somebody decides (RFC 6665 §4.2.2)', () => {
    const watch = new Watch({ decide: () => 'pending' }).start().run(5)
    expect(watch.told).toEqual(['0 pending'])
    watch.act(() => watch.notifier.activate(watch.simulation.now, watch.ids[0]!, bodyOf('v0')))
    expect(watch.run(1).told.at(-1)).toBe('5 active v0')
    const rejected = new Watch({ decide: () => 'pending' }).start().run(5)
    rejected.act(() => rejected.notifier.end(rejected.simulation.now, rejected.ids[0]!, { reason: 'rejected' }))
    expect(rejected.run(1).told.slice(1)).toEqual(['5 terminated rejected', '5 ended rejected'])
  })

  it('refuses whom it does not like, without a trace (RFC 6665 §4.2.1.3)', () => {
    const watch = new Watch({ decide: () => 403 }).start().run(5)
    expect([watch.told, watch.subscribers]).toEqual([['0 ended 403'], 0])
  })

  it('sends no more often than its package allows, the newest in the end (RFC 6665 §5.4.10)', () => {
    const watch = new Watch({ notifier: { packages: [{ ...MWI, throttleMs: 5000 }] } }).start().run(0.1)
    for (let i = 1; i <= 20; i++) watch.change(`v${i}`).run(1)
    expect(watch.run(10).told).toEqual(['0 active v0', '5 active v5', '10 active v10', '15 active v15', '20 active v20'])
  })

  it('forgets a subscriber that answers 481, or not at all (RFC 6665 §4.2.2)', () => {
    const gone = new Watch().start().run(1)
    gone.watcher = new Watch().watcher
    expect([gone.change('v1').run(1).subscribers, gone.responses.at(-1)]).toEqual([0, 481])
    const dead = new Watch().start().run(1)
    dead.simulation.drop = message => message.kind === 'request' && message.method === 'NOTIFY'
    expect([dead.change('v1').run(33).subscribers, dead.ended]).toEqual([0, ['lost']])
  })

  it('counts its documents, and says when the whole state is wanted (RFC 6665 §4.4.2, RFC 4235 §4.3)', () => {
    const notifier = notifierWith()
    serve(notifier, subscribe([CONTACT, 'Event: message-summary']))
    const seen: string[] = []
    const drain = (): void => {
      for (let output = notifier.poll(); output; output = notifier.poll()) {
        if (output.kind === 'send') seen.push(`${output.version} ${output.full}`)
        notifier.receive(0, output.id, response(200, 'x'))
      }
    }
    drain()
    notifier.notify(0, [...notifier.subscriptions()][0]!.id, bodyOf('v1'))
    drain()
    serve(notifier, subscribe([CONTACT, 'Event: message-summary'], { to: ';tag=t2', cseq: 400_000 }))
    drain()
    expect(seen).toEqual(['0 true', '1 false', '2 true'])
  })

  it('goes on in another process with what was left of each time (RFC 6665 §4.2.1)', () => {
    const watch = new Watch().start().run(100)
    const saved = JSON.parse(JSON.stringify(watch.notifier.save(watch.simulation.now)))
    const moved = notifierWith()
    moved.restore(watch.simulation.now, saved)
    watch.notifier = moved
    expect(watch.change('v1').run(600).told).toEqual(['0 active v0', '100 active v1', '480 active v1'])
    expect(watch.stop().run(1).subscribers).toBe(0)
  })
})
