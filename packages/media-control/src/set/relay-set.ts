/** Which relay of several serves a session: chosen by weight, kept while it answers, left when it does not. Without a socket or a clock. */

/** One relay of a set. */
export interface RelayMember {
  /** Names it in outputs and counts: `192.0.2.1:2223`. */
  readonly name: string
  /** Its share of the new sessions; 0 takes none as long as another one answers. */
  readonly weight: number
}

/** How a set judges its relays. Times in ms. */
export interface RelaySetOptions {
  /** At least one, each with a name of its own. */
  readonly members: readonly RelayMember[]
  /** Commands without an answer, one after the other, until a relay is down. Default 2. */
  readonly lostUntilDown?: number
  /** Between two pings of a relay that answers, and of one that does not. Default 5000. */
  readonly pingMs?: number
}

/** A relay went down, with the sessions that are on it: they need another offer; or it is back. */
export type RelaySetOutput =
  | { readonly kind: 'down'; readonly relay: string; readonly sessions: readonly string[] }
  | { readonly kind: 'up'; readonly relay: string }

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
}

/** Tell it of every answer (`answered`) and of every command without one (`lost`); drain `outputs()`, and ping what `pings` names. */
export class RelaySet {
  readonly #members: readonly Member[]
  readonly #byName: ReadonlyMap<string, Member>
  readonly #of: Map<string, Member> = new Map()
  readonly #lostUntilDown: number
  readonly #pingMs: number
  readonly #outputs: RelaySetOutput[] = []
  #failedOver = 0
  #moved = 0

  constructor({ members, lostUntilDown = 2, pingMs = 5000 }: RelaySetOptions) {
    if (members.length === 0) throw new TypeError('A set needs one relay at least.')
    this.#members = members.map(one => ({ ...one, lost: 0, up: true, pingAt: 0, sessions: new Set() }))
    this.#byName = new Map(this.#members.map(one => [one.name, one]))
    if (this.#byName.size < members.length) throw new TypeError('Two relays of a set have one name.')
    this.#lostUntilDown = lostUntilDown
    this.#pingMs = pingMs
  }

  /** The relay of a session, if it has one. */
  relayOf(session: string): string | undefined {
    return this.#of.get(session)?.name
  }

  /**
   * Which relay is to take an offer: that of the session while it answers, else one by weight and the session's name, so that all who
   * share a set choose alike. `tried` are not asked again; `undefined` when none is left.
   */
  forOffer(session: string, tried: readonly string[] = []): string | undefined {
    const own = this.#of.get(session)
    if (own?.up && !tried.includes(own.name)) return own.name
    const left = this.#members.filter(({ name }) => !tried.includes(name))
    const up = left.filter(one => one.up)
    return heaviest(up.length > 0 ? up : left, session)?.name
  }

  /** The session is on that relay from now on. */
  began(session: string, relay: string, tried: readonly string[] = []): void {
    const member = this.#byName.get(relay)
    const before = this.#of.get(session)
    if (!member || before === member) return
    if (before) this.#moved += 1
    else if (tried.length > 0) this.#failedOver += 1
    before?.sessions.delete(session)
    member.sessions.add(session)
    this.#of.set(session, member)
  }

  /** The session is over. */
  ended(session: string): void {
    this.#of.get(session)?.sessions.delete(session)
    this.#of.delete(session)
  }

  /** The relay has answered something; a refusal is an answer. */
  answered(relay: string, now: number): void {
    const member = this.#byName.get(relay)
    if (!member) return
    member.lost = 0
    member.pingAt = now + this.#pingMs
    if (member.up) return
    member.up = true
    this.#outputs.push({ kind: 'up', relay })
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

/** Rendezvous hashing with weights: without one relay the others keep what they have. One of weight 0 is the last resort. */
function heaviest(members: readonly Member[], session: string): Member | undefined {
  let best: Member | undefined
  let most = -Infinity
  for (const member of members) {
    const drawn = (hash(`${member.name} ${session}`) + 0.5) / 2 ** 32
    const score = member.weight > 0 ? -member.weight / Math.log(drawn) : drawn - 1
    if (score <= most) continue
    best = member
    most = score
  }
  return best
}

/** FNV-1a with a last mixing, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  return (value ^ (value >>> 16)) >>> 0
}
