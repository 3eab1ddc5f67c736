/** Which relay of several serves a session: chosen by weight, kept while it answers, left when it does not. Without a socket or a clock. */
import { heaviest } from './heaviest.ts'
import type { RelayMember } from './relay-member.ts'

/** How a set judges its relays. Times in ms. */
export interface RelaySetOptions {
  /** At least one, each with a name of its own. */
  readonly members: readonly RelayMember[]
  /** Commands without an answer, one after the other, until a relay is down. Default 2. */
  readonly lostUntilDown?: number
  /** Between two pings of a relay that answers, and of one that does not. Default 5000. */
  readonly pingMs?: number
  /** Sessions of one group begin on one relay: it then passes a packet of both once. Default: each session is a group of its own. */
  readonly groupOf?: (session: string) => string
}

/**
 * A relay went down, with the sessions that are on it: they need another offer. Or it is back, with the sessions that went elsewhere
 * meanwhile and may still be there. Or it had a command lost and answers again: it may have started anew without its `sessions`.
 */
export type RelaySetOutput =
  | { readonly kind: 'down'; readonly relay: string; readonly sessions: readonly string[] }
  | { readonly kind: 'up'; readonly relay: string; readonly left: readonly string[] }
  | { readonly kind: 'doubtful'; readonly relay: string; readonly sessions: readonly string[] }

/** For gauges. */
export interface RelaySetCounts {
  /** By name: how many sessions it has, and whether it answers. */
  readonly relays: Readonly<Record<string, { readonly sessions: number; readonly up: boolean }>>
  /** Sessions that began on another relay than the one that was asked first. */
  readonly failedOver: number
  /** Sessions that went to another relay after they had begun. */
  readonly moved: number
}

interface Member extends RelayMember {
  lost: number
  up: boolean
  pingAt: number
  readonly sessions: Set<string>
  /** Those that went elsewhere while it was down. */
  readonly left: Set<string>
}

/** Tell it of every answer (`answered`) and of every command without one (`lost`); drain `outputs()`, and ping what `pings` names. */
export class RelaySet {
  readonly #members: readonly Member[]
  readonly #byName: ReadonlyMap<string, Member>
  readonly #of: Map<string, Member> = new Map()
  readonly #lostUntilDown: number
  readonly #pingMs: number
  readonly #groupOf: (session: string) => string
  /** Sessions that their relay has forgotten. */
  readonly #forgotten: Set<string> = new Set()
  readonly #outputs: RelaySetOutput[] = []
  #failedOver = 0
  #moved = 0

  constructor({ members, lostUntilDown = 2, pingMs = 5000, groupOf = itself }: RelaySetOptions) {
    if (members.length === 0) throw new TypeError('A set needs one relay at least.')
    this.#members = members.map(one => ({ ...one, lost: 0, up: true, pingAt: 0, sessions: new Set(), left: new Set() }))
    this.#byName = new Map(this.#members.map(one => [one.name, one]))
    if (this.#byName.size < members.length) throw new TypeError('Two relays of a set have one name.')
    this.#lostUntilDown = lostUntilDown
    this.#pingMs = pingMs
    this.#groupOf = groupOf
  }

  /** The relay of a session, if it has one. */
  relayOf(session: string): string | undefined {
    return this.#of.get(session)?.name
  }

  /** The relays that answer; all of them where none does. */
  get answering(): string[] {
    const up = this.#members.filter(one => one.up)
    return (up.length > 0 ? up : this.#members).map(({ name }) => name)
  }

  /**
   * Which relay is to take an offer: that of the session while it answers, else one by weight and the name of the session's group, so that
   * all who share a set choose alike. `tried` are not asked again; `undefined` when none is left.
   */
  forOffer(session: string, tried: readonly string[] = []): string | undefined {
    const own = this.#of.get(session)
    if (own?.up && !tried.includes(own.name)) return own.name
    const left = this.#members.filter(({ name }) => !tried.includes(name))
    const up = left.filter(one => one.up)
    return heaviest(up.length > 0 ? up : left, this.#groupOf(session))?.name
  }

  /** The session is on that relay from now on. */
  began(session: string, relay: string, tried: readonly string[] = []): void {
    const member = this.#byName.get(relay)
    const before = this.#of.get(session)
    if (!member) return
    this.#forgotten.delete(session)
    if (before === member) return
    if (before) this.#moved += 1
    else if (tried.length > 0) this.#failedOver += 1
    before?.sessions.delete(session)
    if (before && before.left.size < MOST_LEFT) before.left.add(session)
    member.sessions.add(session)
    member.left.delete(session)
    this.#of.set(session, member)
  }

  /** The session is over. */
  ended(session: string): void {
    this.#of.get(session)?.sessions.delete(session)
    this.#of.delete(session)
    this.#forgotten.delete(session)
  }

  /** The relay of the session answers, and knows nothing of it any more. */
  forgot(session: string): void {
    if (this.#of.has(session)) this.#forgotten.add(session)
  }

  /** The sessions without a relay: on one that is down, or that has forgotten them. An offer moves them. */
  *stranded(): Generator<string> {
    yield* this.#forgotten
    for (const { up, sessions } of this.#members) {
      if (!up) for (const session of sessions) if (!this.#forgotten.has(session)) yield session
    }
  }

  /** The relay has answered something; a refusal is an answer. */
  answered(relay: string, now: number): void {
    const member = this.#byName.get(relay)
    if (!member) return
    const doubtful = member.lost > 0 && member.sessions.size > 0
    member.lost = 0
    member.pingAt = now + this.#pingMs
    if (!member.up) this.#outputs.push({ kind: 'up', relay, left: [...member.left] })
    member.up = true
    member.left.clear()
    if (doubtful) this.#outputs.push({ kind: 'doubtful', relay, sessions: [...member.sessions] })
  }

  /** A command was not answered in time. */
  lost(relay: string): void {
    const member = this.#byName.get(relay)
    if (!member) return
    member.lost += 1
    if (!member.up || member.lost < this.#lostUntilDown) return
    member.up = false
    this.#outputs.push({ kind: 'down', relay, sessions: [...member.sessions] })
  }

  /** The relays that are to be pinged now: of those nothing was heard for a while. */
  pings(now: number): string[] {
    const due = this.#members.filter(({ pingAt }) => now >= pingAt)
    for (const member of due) member.pingAt = now + this.#pingMs
    return due.map(({ name }) => name)
  }

  /** When `pings` is to be asked again. */
  get nextPing(): number {
    return Math.min(...this.#members.map(({ pingAt }) => pingAt))
  }

  /** Hands over what happened, and forgets it. */
  outputs(): RelaySetOutput[] {
    return this.#outputs.splice(0)
  }

  /** For gauges. */
  counts(): RelaySetCounts {
    const relays = Object.fromEntries(this.#members.map(({ name, sessions, up }) => [name, { sessions: sessions.size, up }]))
    return { relays, failedOver: this.#failedOver, moved: this.#moved }
  }
}

function itself(session: string): string {
  return session
}

/** Of so many at most it is remembered where they were: a relay that is never back must not fill the memory. */
const MOST_LEFT = 100_000
