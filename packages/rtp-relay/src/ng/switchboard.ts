/** All sessions of a daemon, and what the NG verbs need to open and end them. */
import { randomBytes } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Call } from '../call.ts'
import { bridgeEnd, type Interfaces, interfaceFor } from '../interfaces.ts'
import { Relatives } from '../relatives.ts'
import type { Relay } from '../relay.ts'
import { Departed } from './departed.ts'
import { ownText } from './own-text.ts'
import { refuse } from './refusal.ts'
import type { Leg, Session } from './session.ts'

export interface SwitchboardOptions {
  /** As the relay has them: which one a leg uses is chosen by name and family. */
  readonly interfaces: Interfaces
  /** A session of which all sides that should send have sent nothing for so long is over. 0: never. */
  readonly silenceMs: number
  /** Deleted sessions stay for a while. Default: none does, unless the command says so. */
  readonly linger?: Linger
}

/** How long a deleted session stays, in case an offer or an answer comes for it all the same. */
export interface Linger {
  /** Unless the command says another time. */
  readonly ms: number
  /** With so many pairs of ports in use new sessions come first: then the oldest of those that stay goes. */
  readonly pairs: number
}

interface Ending {
  readonly timer: NodeJS.Timeout
  readonly end: () => void
  /** The session ends with it, and not one of its dialogs. */
  readonly whole: boolean
}

/** How sessions ended, since the start. */
export interface Endings {
  deleted: number
  silent: number
  unanswered: number
}

export class Switchboard {
  readonly relay: Relay
  readonly sessions: Map<string, Session> = new Map()
  readonly endings: Endings = { deleted: 0, silent: 0, unanswered: 0 }
  opened = 0
  refused = 0
  /** Words of commands that nobody here knows. */
  unknownFlags = 0
  /** Names this relay in SDPs (`loop-protect`). */
  readonly mark: string = randomBytes(6).toString('hex')
  readonly started: number = Date.now()
  /** No new sessions: the daemon drains. */
  draining = false
  /** Told of each session that a command, or the network, is about to change: it is looked at when the command is done. */
  onChange: (id: string) => void = () => {}
  readonly departed: Departed = new Departed()
  readonly #relatives: Relatives = new Relatives()
  readonly #options: SwitchboardOptions
  /** Sessions that end by themselves, unless a command comes for them. */
  readonly #ending: Map<Session, Ending> = new Map()

  constructor(relay: Relay, options: SwitchboardOptions) {
    this.relay = relay
    this.#options = options
  }

  /** The session of that id, made where there is none. */
  demand(wanted: string): Session {
    const known = this.sessions.get(wanted)
    if (known) {
      known.signalled = Date.now()
      this.stay(known)
      this.onChange(known.id)
      return known
    }
    if (this.draining) throw refuse('The relay is draining: no new sessions')
    this.#makeRoom()
    const now = Date.now()
    const id = ownText(wanted)
    const session: Session = { id, call: this.openCall(id), legs: [], created: now, signalled: now, answered: false, metadata: undefined }
    this.adopt(session)
    this.opened += 1
    return session
  }

  /** A call for a session of that id. */
  openCall(id: string): Call {
    return this.relay.open(id, this.#relatives.find(id))
  }

  /** One that was opened elsewhere. */
  adopt(session: Session): void {
    this.sessions.set(session.id, session)
    this.#relatives.add(session.id, session.call)
    this.onChange(session.id)
  }

  /** @throws refusal for an id nobody knows. */
  find(id: string): Session {
    const session = this.sessions.get(id)
    if (!session) throw refuse('Unknown call-id')
    session.signalled = Date.now()
    this.onChange(session.id)
    return session
  }

  /** @throws {RelayError} `ports-exhausted`. */
  addLeg(session: Session, wanted: { tag?: string | undefined; viaBranch?: string | undefined; interface: string }): Leg {
    const tag = wanted.tag === undefined ? undefined : ownText(wanted.tag)
    const viaBranch = wanted.viaBranch === undefined ? undefined : ownText(wanted.viaBranch)
    const label = tag ?? `~${viaBranch ?? session.legs.length}`
    const party = session.call.party(label, { interface: wanted.interface, silenceMs: this.#options.silenceMs })
    const leg: Leg = {
      tag,
      viaBranch,
      party,
      peer: undefined,
      lines: [],
      interface: wanted.interface,
      opened: wanted.interface,
      label: undefined,
      told: {},
    }
    session.legs.push(leg)
    return leg
  }

  dropLeg(session: Session, leg: Leg): void {
    session.legs.splice(session.legs.indexOf(leg), 1)
    this.onChange(session.id)
    session.call.drop(leg.party)
  }

  end(session: Session, how: keyof Endings): void {
    this.endings[how] += 1
    this.discard(session)
  }

  /** How long a deleted session stays where its controller does not say, ms. */
  get lingerMs(): number {
    return this.draining ? 0 : (this.#options.linger?.ms ?? 0)
  }

  /** Runs `end` after `delayMs`, unless an offer for the session comes meanwhile. */
  endLater(session: Session, delayMs: number, end: () => void, whole: boolean): void {
    this.stay(session)
    const timer = setTimeout(() => this.#endNow(session), Math.min(delayMs, LONGEST_DELAY_MS)).unref()
    this.#ending.set(session, { timer, end, whole })
    this.onChange(session.id)
  }

  /** Somebody asks for it after all: it does not end by itself. */
  stay(session: Session): void {
    clearTimeout(this.#ending.get(session)?.timer)
    this.#ending.delete(session)
  }

  /** Deleted, and only there in case that somebody asks for it all the same. */
  isLingering(session: Session): boolean {
    return this.#ending.get(session)?.whole === true
  }

  /** No new sessions from here on, and those that were deleted go. */
  drain(): void {
    this.draining = true
    for (const session of [...this.#ending.keys()]) this.#endNow(session)
  }

  /** Without counting it as one that was. */
  discard(session: Session): void {
    this.stay(session)
    this.sessions.delete(session.id)
    this.onChange(session.id)
    this.#relatives.remove(session.id, session.call)
    session.call.close()
  }

  /** Of an interface that a leg has. */
  familyOf(name: string): 4 | 6 {
    return isIPv6(this.#options.interfaces[name]?.address ?? '') ? 6 : 4
  }

  /** An interface of that name and family; the first of its family where the name is unknown, as an rtpengine does. */
  interfaceFor(name: string | undefined, family: 4 | 6 | undefined): string {
    return interfaceFor(this.#options.interfaces, name, family)
  }

  /** Which interface the `I` or `E` of rtpproxy's protocol names. */
  bridgeEnd(end: 'internal' | 'external'): string {
    return bridgeEnd(this.#options.interfaces, end)
  }

  #endNow(session: Session): void {
    const ending = this.#ending.get(session)
    this.stay(session)
    if (this.sessions.get(session.id) === session) ending?.end()
  }

  /** Two at most for each that comes: no command takes long. */
  #makeRoom(): void {
    const most = this.#options.linger?.pairs ?? Number.POSITIVE_INFINITY
    for (let count = 0; count < 2 && this.#ending.size > 0 && this.relay.portsInUse >= most; count++) {
      const [oldest] = this.#ending.keys()
      this.#endNow(oldest as Session)
    }
  }
}

const LONGEST_DELAY_MS = 3_600_000
