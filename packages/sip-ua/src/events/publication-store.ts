/** Keeps what others publish: the event state compositor's memory. RFC 3903 §6. */
import { ContentType, Event, Expires, MinExpires, SipEtag, SipIfMatch, type SipRequest, utf8 } from '@strowger/sip-parser'
import { DueQueue } from '../call/due-queue.ts'
import { type Answer, line } from './draft.ts'
import { type EventPackage, eventName } from './event-package.ts'
import type { StateBody } from './notify-draft.ts'

/** What may be published, and how much of it is kept. RFC 3903 §6. */
export interface PublicationStoreOptions {
  /** What may be published; `accepts` are the bodies, and the lifetimes are those of publications here. */
  readonly packages: readonly EventPackage[]
  /** At least 64 random bits as a token, for entity tags. */
  readonly token: () => string
  /** Publications kept at most; above it 503. Default 100 000. */
  readonly capacity?: number
  /** Of one resource and event: a phone that forgets its tags fills no more. Default 10; the oldest goes. */
  readonly perResource?: number
}

/** One published piece of state; JSON. */
export interface PublishedState {
  /** The resource, as the caller names it. */
  readonly resource: string
  /** Name of the package. */
  readonly event: string
  /** Changes with every PUBLISH. RFC 3903 §6. */
  readonly etag: string
  /** As it was published. */
  readonly body: StateBody
  /** Milliseconds of the clock of the store. */
  readonly expiresAt: number
}

/** What the store tells; switch on `kind`. RFC 3903 §6. */
export type PublicationStoreOutput =
  /** What is published of `resource` has changed: compose it anew and tell its subscribers. */
  { readonly kind: 'changed'; readonly resource: string; readonly event: string }

/**
 * After any call that takes `now` (milliseconds of one monotonic clock), call `poll` until it returns `undefined`, then sleep until
 * `nextWake`. Authenticate and authorise before: who may publish for whom is not decided here (RFC 3903 §6 step 3, §14.1).
 */
export class PublicationStore {
  readonly #options: PublicationStoreOptions
  readonly #byTag: Map<string, PublishedState> = new Map()
  readonly #byResource: Map<string, Set<string>> = new Map()
  readonly #due: DueQueue = new DueQueue()
  readonly #outputs: PublicationStoreOutput[] = []

  constructor(options: PublicationStoreOptions) {
    this.#options = options
  }

  /** A PUBLISH for `resource`, the canonical name of its Request-URI. RFC 3903 §6. */
  publish(now: number, resource: string, request: SipRequest): Answer {
    const { headers } = request
    const event = headers.read(Event)
    const known = event.kind === 'value' ? this.#options.packages.find(({ name }) => name === eventName(event.value).type) : undefined
    if (!known) return { status: 489, headers: this.#options.packages.map(({ name }) => ['Allow-Events', name] as const) }
    const before = this.#matched(resource, known.name, request)
    if (before !== undefined && 'status' in before) return before
    const seconds = durationOf(request, known)
    if (typeof seconds !== 'number') return seconds
    const body = bodyOf(request, known)
    if (body !== undefined && 'status' in body) return body
    if (!before && !body) return bad('Missing Body')
    if (!before && this.#byTag.size >= (this.#options.capacity ?? 100_000)) return { status: 503, headers: [['Retry-After', '60']] }
    return this.#keep(now, { resource, event: known.name, seconds, before, body })
  }

  /** The live pieces of one resource, oldest first. */
  stateOf(resource: string, event: string): readonly PublishedState[] {
    return [...(this.#byResource.get(keyOf(resource, event)) ?? [])].flatMap(tag => this.#byTag.get(tag) ?? [])
  }

  /** Does what is due by `now`; harmless when nothing is. */
  wake(now: number): void {
    for (let etag = this.#due.take(now); etag !== undefined; etag = this.#due.take(now)) this.#drop(etag)
  }

  /** `Infinity` when nothing is kept. */
  get nextWake(): number {
    return this.#due.next
  }

  /** How many publications are kept. */
  get size(): number {
    return this.#byTag.size
  }

  /** The next thing to do or to know, until `undefined`. */
  poll(): PublicationStoreOutput | undefined {
    return this.#outputs.shift()
  }

  /** JSON with remaining times. */
  save(now: number): readonly PublishedState[] {
    return [...this.#byTag.values()].map(each => ({ ...each, expiresAt: each.expiresAt - now }))
  }

  /** Takes in what `save` gave, on the clock of `now`. */
  restore(now: number, saved: readonly PublishedState[]): void {
    for (const each of saved) this.#add({ ...each, expiresAt: each.expiresAt + now })
  }

  /** RFC 3903 §6 step 4: one tag at most, and one that we gave for this. */
  #matched(resource: string, event: string, { headers }: SipRequest): PublishedState | Answer | undefined {
    const lines = headers.raw(SipIfMatch.name)
    if (lines.length === 0) return undefined
    const etag = headers.get(SipIfMatch)
    if (lines.length > 1 || etag === undefined) return bad('One SIP-If-Match Allowed')
    const found = this.#byTag.get(etag)
    return found?.resource === resource && found.event === event ? found : { status: 412, headers: [] }
  }

  /** RFC 3903 §6 steps 5 to 8: a new tag each time, the old one is void. */
  #keep(now: number, wanted: Wanted): Answer {
    const { resource, event, seconds, before, body } = wanted
    const etag = this.#options.token()
    if (before) this.#drop(before.etag, false)
    const content = body ?? before?.body
    if (seconds > 0 && content) this.#add({ resource, event, etag, body: content, expiresAt: now + seconds * 1000 })
    // A refresh changes nothing that a subscriber could see (RFC 3903 §6 step 7).
    if (body || (seconds === 0 && before)) this.#outputs.push({ kind: 'changed', resource, event })
    return { status: 200, headers: [line(SipEtag, etag), line(Expires, seconds)] }
  }

  #add(state: PublishedState): void {
    const key = keyOf(state.resource, state.event)
    const tags = this.#byResource.get(key) ?? new Set()
    const [oldest] = tags
    if (oldest !== undefined && tags.size >= (this.#options.perResource ?? 10)) this.#drop(oldest, false)
    this.#byResource.set(key, tags.add(state.etag))
    this.#byTag.set(state.etag, state)
    this.#due.set(state.etag, state.expiresAt)
  }

  #drop(etag: string, tell = true): void {
    const state = this.#byTag.get(etag)
    if (!state) return
    const key = keyOf(state.resource, state.event)
    this.#byTag.delete(etag)
    this.#due.set(etag, Number.POSITIVE_INFINITY)
    const tags = this.#byResource.get(key)
    tags?.delete(etag)
    if (tags?.size === 0) this.#byResource.delete(key)
    if (tell) this.#outputs.push({ kind: 'changed', resource: state.resource, event: state.event })
  }
}

interface Wanted {
  readonly resource: string
  readonly event: string
  readonly seconds: number
  readonly before: PublishedState | undefined
  readonly body: StateBody | undefined
}

/** RFC 3903 §6 step 5: shortened, never lengthened; too short is refused. 0 removes. */
function durationOf({ headers }: SipRequest, { defaultSeconds, minSeconds = 0, maxSeconds }: EventPackage): number | Answer {
  const expires = headers.read(Expires)
  if (expires.kind === 'malformed') return bad('Bad Expires')
  const asked = expires.kind === 'value' ? expires.value : defaultSeconds
  if (asked > 0 && asked < minSeconds) return { status: 423, headers: [line(MinExpires, minSeconds)] }
  return Math.min(asked, maxSeconds ?? asked)
}

/** RFC 3903 §6 step 6: 415 for a body nobody here can read. */
function bodyOf({ headers, body }: SipRequest, { accepts }: EventPackage): StateBody | Answer | undefined {
  if (body.length === 0) return undefined
  const contentType = headers.get(ContentType)?.type
  if (contentType === undefined) return bad('Missing Content-Type')
  if (!accepts.includes(contentType)) return { status: 415, headers: accepts.map(type => ['Accept', type] as const) }
  return { contentType, text: utf8(body) }
}

function bad(reason: string): Answer {
  return { status: 400, reason, headers: [] }
}

const keyOf = (resource: string, event: string): string => `${event} ${resource}`
