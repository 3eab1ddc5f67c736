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
  readonly #ending: Map<Session, NodeJS.Timeout> = new Map()

  constructor(relay: Relay, options: SwitchboardOptions) {
    this.relay = relay
    this.#options = options
  }

  /** The session of that id, made where there is none. */
  demand(wanted: string): Session {
    const known = this.sessions.get(wanted)
    if (known) {
      known.signalled = Date.now()
      this.#stay(known)
      this.onChange(known.id)
      return known
    }
    if (this.draining) throw refuse('The relay is draining: no new sessions')
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

  /** Runs `end` after `delayMs`, unless an offer for the session comes meanwhile. */
  endLater(session: Session, delayMs: number, end: () => void): void {
    this.#stay(session)
    const run = (): void => {
      this.#ending.delete(session)
      if (this.sessions.get(session.id) === session) end()
    }
    this.#ending.set(session, setTimeout(run, Math.min(delayMs, LONGEST_DELAY_MS)).unref())
  }

  /** Without counting it as one that was. */
  discard(session: Session): void {
    this.#stay(session)
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

  #stay(session: Session): void {
    clearTimeout(this.#ending.get(session))
    this.#ending.delete(session)
  }
}

const LONGEST_DELAY_MS = 3_600_000
