import {
  Authorization,
  type MessageEdit,
  RetryAfter,
  responseTo,
  SipEtag,
  type SipRequest,
  type SipResponse,
  utf8,
  Via,
  WwwAuthenticate,
} from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import { challenges } from '../../src/digest/challenge.ts'
import { answerTo } from '../../src/events/draft.ts'
import type { EventPackage } from '../../src/events/event-package.ts'
import { Publication, type PublicationOptions, type PublicationTools } from '../../src/events/publication.ts'
import { PublicationStore } from '../../src/events/publication-store.ts'
import { type PublicationEvent, publicationTable } from '../../src/events/publication-table.ts'
import { nodeHash as hash } from '../../src/node.ts'
import { request } from '../messages.ts'

const PRESENCE: EventPackage = {
  name: 'presence',
  accepts: ['application/pidf+xml'],
  defaultSeconds: 3600,
  minSeconds: 60,
  maxSeconds: 7200,
}
const pidf = (text: string) => ({ contentType: 'application/pidf+xml', text })

/** A phone that publishes and a server that keeps it; each PUBLISH is answered at once unless `hold`. */
class World {
  now = 0
  readonly phone: Publication
  store: PublicationStore
  readonly told: string[] = []
  /** `Expires If-Match body status`. */
  readonly served: string[] = []
  hold = false
  override: ((request: SipRequest) => MessageEdit | undefined) | undefined
  readonly held: SipResponse[] = []
  #token = 0

  constructor(options: Partial<PublicationOptions> = {}, tools: Partial<PublicationTools> = {}) {
    const token = () => `t${++this.#token}`
    this.phone = new Publication(
      { aor: 'sip:alice@example.com', event: { type: 'presence' }, seconds: 600, ...options },
      { token, random: () => 0, ...tools },
    )
    this.store = new PublicationStore({ packages: [PRESENCE], token, perResource: 3 })
  }

  publish(text: string): this {
    this.phone.publish(this.now, pidf(text))
    return this.drain()
  }

  stop(): this {
    this.phone.stop(this.now)
    return this.drain()
  }

  run(seconds: number): this {
    const until = this.now + seconds * 1000
    while (Math.min(this.phone.nextWake, this.store.nextWake) <= until) {
      this.now = Math.max(this.now, Math.min(this.phone.nextWake, this.store.nextWake))
      this.phone.wake(this.now)
      this.drain()
      this.store.wake(this.now)
    }
    this.now = until
    return this
  }

  release(): this {
    this.hold = false
    for (const response of this.held.splice(0)) this.phone.receive(this.now, response)
    return this.drain()
  }

  get kept(): readonly string[] {
    return this.store.stateOf('alice', 'presence').map(({ body }) => body.text)
  }

  drain(): this {
    for (let output = this.phone.poll(); output; output = this.phone.poll()) {
      if (output.kind === 'send') this.#serve(output.request)
      else {
        const detail =
          output.kind === 'published'
            ? output.seconds
            : output.kind === 'waiting'
              ? `${output.status ?? '-'} ${output.retryInMs / 1000}`
              : ''
        this.told.push(`${this.now / 1000} ${output.kind} ${detail}`.trim())
      }
    }
    return this
  }

  #serve(edit: MessageEdit): void {
    const arrived = edit
      .prepend(Via, { transport: 'UDP', host: '192.0.2.7', branch: 'z9hG4bK1', params: new Map() })
      .toMessage() as SipRequest
    const answered = this.override?.(arrived) ?? answerTo(arrived, this.store.publish(this.now, 'alice', arrived), { toTag: 's' })
    const response = answered.toMessage() as SipResponse
    const { headers } = arrived
    this.served.push(
      `${headers.raw('Expires')[0]} ${headers.raw('SIP-If-Match')[0] ?? '-'} ${utf8(arrived.body) || '-'} ${response.status}`,
    )
    if (this.hold) this.held.push(response)
    else this.phone.receive(this.now, response)
  }
}

describe('a publication', () => {
  it('is published with its body, refreshed without, each under the latest tag (RFC 3903 §4.2, §4.3, §4.1)', () => {
    const { served, told, kept } = new World().publish('open').run(1000)
    expect(served).toEqual(['600 - open 200', '600 t3 - 200', '600 t4 - 200'])
    expect(told).toEqual(['0 published 600', '480 published 600', '960 published 600'])
    expect(kept).toEqual(['open'])
  })

  it('is changed under its tag and taken back with Expires 0 (RFC 3903 §4.4, §4.5)', () => {
    const world = new World().publish('open').publish('busy').stop()
    expect(world.served).toEqual(['600 - open 200', '600 t3 busy 200', '0 t4 - 200'])
    expect([world.kept, world.told.at(-1), world.store.size, world.store.nextWake]).toEqual([[], '0 removed', 0, Number.POSITIVE_INFINITY])
  })

  it('has one PUBLISH out; the newest of what came meanwhile follows (RFC 3903 §4.1)', () => {
    const world = new World()
    world.hold = true
    world.publish('a').publish('b').publish('c')
    expect(world.served).toEqual(['600 - a 200'])
    expect(world.release().served).toEqual(['600 - a 200', '600 t3 c 200'])
  })

  it('stopped while a PUBLISH is out is taken back after its answer (RFC 3903 §4.1, §4.5)', () => {
    const world = new World()
    world.hold = true
    world.publish('a').stop()
    expect(world.release().served).toEqual(['600 - a 200', '0 t3 - 200'])
  })

  it('published again while it is being taken back is there in the end', () => {
    const world = new World().publish('a')
    world.hold = true
    world.stop().publish('b')
    expect([world.release().kept, world.told.slice(1)]).toEqual([['b'], ['0 removed', '0 published 600']])
  })

  it('the server has forgotten is published anew after 412 (RFC 3903 §4.3, §11.2.1)', () => {
    const world = new World().publish('open')
    world.store = new PublicationStore({ packages: [PRESENCE], token: () => 'fresh' })
    expect(world.run(480).served).toEqual(['600 - open 200', '600 t3 - 412', '600 - open 200'])
    expect(world.kept).toEqual(['open'])
  })

  it('ignores an answer to an earlier PUBLISH that comes again (RFC 3261 §17.1.3)', () => {
    const world = new World()
    world.hold = true
    const [first] = world.publish('open').held
    world.release().hold = true
    const [second] = world.run(480).held
    world.phone.receive(world.now, first!)
    expect([world.phone.state, world.told]).toEqual(['refreshing', ['0 published 600']])
    world.phone.receive(world.now, second!)
    expect(world.phone.state).toBe('published')
  })

  it('asks for longer after 423 (RFC 3903 §4.2)', () => {
    expect(new World({ seconds: 10 }).publish('open').served).toEqual(['10 - open 423', '60 - open 200'])
  })

  it('goes by the duration that was granted (RFC 3903 §4.2)', () => {
    expect(new World({ seconds: 99_999 }).publish('open').phone.nextWake).toBe(5_760_000)
  })

  it('answers a challenge, and ahead of it from then on (RFC 3261 §22.2)', () => {
    const world = new World({}, { account: { username: 'alice', password: 'x', hash } })
    world.override = arrived => {
      if (arrived.headers.has(Authorization)) return undefined
      const refusal = responseTo(arrived, 401, { toTag: 's' })
      for (const each of challenges({ realm: 'r', nonce: 'n' })) refusal.append(WwwAuthenticate, each)
      return refusal
    }
    expect(
      world
        .publish('open')
        .run(480)
        .served.map(each => each.split(' ').at(-1)),
    ).toEqual(['401', '200', '200'])
  })

  it('refused for now is tried again, not before Retry-After (RFC 3261 §20.33)', () => {
    const world = new World()
    world.override = arrived =>
      world.now < 100_000 ? responseTo(arrived, 503, { toTag: 's' }).append(RetryAfter, { seconds: 100 }) : undefined
    expect(world.publish('open').run(200).told).toEqual(['0 waiting 503 100', '100 published 600'])
  })

  it('refused for good is left alone until there is newer state (RFC 3903 §4.2)', () => {
    const world = new World({ event: { type: 'dialog' } }).publish('open').run(9999)
    expect([world.served.length, world.told]).toEqual([1, ['0 refused']])
    expect(world.publish('busy').served.length).toBe(2)
  })

  it('that nobody answers is tried again by and by (RFC 3261 §8.1.3.1)', () => {
    const phone = new World().phone
    phone.publish(0, pidf('a'))
    phone.poll()
    phone.failed(32_000)
    expect([phone.poll(), phone.nextWake]).toEqual([{ kind: 'waiting', retryInMs: 30_000 }, 62_000])
  })

  it('goes on in another process with its tag and what is left of its time', () => {
    const world = new World().publish('open').run(100)
    const data = JSON.parse(JSON.stringify(world.phone.save(world.now)))
    const moved = new Publication(
      { aor: 'sip:alice@example.com', event: { type: 'presence' } },
      { token: () => 'x', random: () => 0 },
      { data, now: 5000 },
    )
    expect(moved.nextWake).toBe(385_000)
    moved.wake(385_000)
    const sent = moved.poll()
    expect(sent?.kind === 'send' && [sent.request.all(SipEtag).length, utf8(sent.request.toBytes()).includes('SIP-If-Match: t3')]).toEqual([
      0,
      true,
    ])
  })

  it('has these states, and ignores the rest (RFC 3903 §4)', () => {
    const events: PublicationEvent[] = ['news', 'stop', '2xx', 'challenged', 'too brief', 'gone', 'refused', 'forbidden', 'due']
    const rows = Object.entries(publicationTable).map(([state, row]) => `${state}: ${events.map(event => row[event]?.to ?? '-').join(' ')}`)
    expect(rows).toEqual([
      'idle: publishing - - - - - - - -',
      'publishing: - - published publishing publishing publishing waiting idle -',
      'published: publishing removing - - - - - - refreshing',
      'refreshing: - - published refreshing refreshing publishing waiting idle -',
      'removing: removing - idle removing idle idle idle idle -',
      'waiting: publishing idle - - - - - - publishing',
    ])
  })
})

describe('what a server keeps of publications', () => {
  const publish = (store: PublicationStore, extra: readonly string[], body = '', now = 0) =>
    store.publish(
      now,
      'alice',
      request(['Event: presence', ...(body ? ['Content-Type: application/pidf+xml'] : []), ...extra], {
        line: 'PUBLISH sip:alice@example.com',
        body,
      }),
    )
  const fresh = (options = {}) => {
    let token = 0
    return new PublicationStore({ packages: [PRESENCE], token: () => `e${++token}`, ...options })
  }
  const status = (...args: Parameters<typeof publish>) => publish(...args).status

  it('has a new tag after each PUBLISH, and the old one is void (RFC 3903 §6)', () => {
    const store = fresh()
    expect(publish(store, ['Expires: 100'], 'a')).toEqual({
      status: 200,
      headers: [
        ['SIP-ETag', 'e1'],
        ['Expires', '100'],
      ],
    })
    expect(publish(store, ['SIP-If-Match: e1', 'Expires: 100'])).toMatchObject({
      status: 200,
      headers: [
        ['SIP-ETag', 'e2'],
        ['Expires', '100'],
      ],
    })
    expect(status(store, ['SIP-If-Match: e1'], 'b')).toBe(412)
    expect(store.stateOf('alice', 'presence').map(({ etag, body }) => `${etag} ${body.text}`)).toEqual(['e2 a'])
  })

  it('refuses two tags with 400, a foreign one with 412 (RFC 3903 §6)', () => {
    const store = fresh()
    publish(store, [], 'a')
    expect(status(store, ['SIP-If-Match: e1', 'SIP-If-Match: e2'])).toBe(400)
    expect(store.publish(0, 'bob', request(['Event: presence', 'SIP-If-Match: e1'], { line: 'PUBLISH sip:bob@example.com' })).status).toBe(
      412,
    )
  })

  it('refuses an unknown event with 489, a body it cannot read with 415, none at first with 400 (RFC 3903 §6)', () => {
    const store = fresh()
    const of = (extra: readonly string[], body = '') =>
      store.publish(0, 'alice', request(extra, { line: 'PUBLISH sip:alice@example.com', body }))
    expect(of(['Event: dialog'])).toEqual({ status: 489, headers: [['Allow-Events', 'presence']] })
    expect(of([]).status).toBe(489)
    expect(of(['Event: presence', 'Content-Type: text/plain'], 'x')).toEqual({ status: 415, headers: [['Accept', 'application/pidf+xml']] })
    expect([of(['Event: presence'], 'x').status, of(['Event: presence']).status]).toEqual([400, 400])
  })

  it('shortens but never lengthens what is asked, refuses too little with 423 (RFC 3903 §6)', () => {
    const store = fresh()
    expect(publish(store, ['Expires: 59'], 'a')).toEqual({ status: 423, headers: [['Min-Expires', '60']] })
    expect(publish(store, ['Expires: 99999'], 'a').headers[1]).toEqual(['Expires', '7200'])
    expect(publish(store, ['Expires: x'], 'a').status).toBe(400)
  })

  it('forgets in time, and tells once for each that had something to see (RFC 3903 §6)', () => {
    const store = fresh()
    publish(store, ['Expires: 100'], 'a')
    publish(store, ['SIP-If-Match: e1', 'Expires: 100'], '', 50_000)
    expect([store.poll()?.kind, store.poll()]).toEqual(['changed', undefined])
    store.wake(149_999)
    expect(store.size).toBe(1)
    store.wake(150_000)
    expect([store.size, store.poll(), store.poll(), store.nextWake]).toEqual([
      0,
      { kind: 'changed', resource: 'alice', event: 'presence' },
      undefined,
      Number.POSITIVE_INFINITY,
    ])
  })

  it('is bounded, in all and for each resource (RFC 3903 §14.2)', () => {
    const store = fresh({ capacity: 5, perResource: 2 })
    for (let i = 0; i < 4; i++) publish(store, [], `v${i}`)
    expect(store.stateOf('alice', 'presence').map(({ body }) => body.text)).toEqual(['v2', 'v3'])
    const one = fresh({ capacity: 1 })
    publish(one, [], 'a')
    expect(publish(one, [], 'b').status).toBe(503)
  })

  it('goes on in another process with what was left of its time', () => {
    const store = fresh()
    publish(store, ['Expires: 100'], 'a')
    const moved = fresh()
    moved.restore(7000, JSON.parse(JSON.stringify(store.save(40_000))))
    expect([moved.nextWake, publish(moved, ['SIP-If-Match: e1']).status]).toEqual([67_000, 200])
  })
})
