/** All sessions of a daemon, and what the NG verbs need to open and end them. */
import { bridgeEnd, type Interfaces, interfaceFor } from '../interfaces.ts'
import { Relatives } from '../relatives.ts'
import type { Relay } from '../relay.ts'
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
  readonly started: number = Date.now()
  /** No new sessions: the daemon drains. */
  draining = false
  readonly #relatives: Relatives = new Relatives()
  readonly #options: SwitchboardOptions

  constructor(relay: Relay, options: SwitchboardOptions) {
    this.relay = relay
    this.#options = options
  }

  /** The session of that id, made where there is none. */
  demand(id: string): Session {
    const known = this.sessions.get(id)
    if (known) {
      known.signalled = Date.now()
      return known
    }
    if (this.draining) throw refuse('The relay is draining: no new sessions')
    const now = Date.now()
    const call = this.relay.open(id, this.#relatives.find(id))
    const session: Session = { id, call, legs: [], created: now, signalled: now, answered: false }
    this.sessions.set(id, session)
    this.#relatives.add(id, call)
    this.opened += 1
    return session
  }

  /** @throws refusal for an id nobody knows. */
  find(id: string): Session {
    const session = this.sessions.get(id)
    if (!session) throw refuse('Unknown call-id')
    session.signalled = Date.now()
    return session
  }

  /** @throws {RelayError} `ports-exhausted`. */
  addLeg(session: Session, wanted: { tag?: string | undefined; viaBranch?: string | undefined; interface: string }): Leg {
    const label = wanted.tag ?? `~${wanted.viaBranch ?? session.legs.length}`
    const party = session.call.party(label, { interface: wanted.interface, silenceMs: this.#options.silenceMs })
    const leg: Leg = { tag: wanted.tag, viaBranch: wanted.viaBranch, party, peer: undefined, lines: [] }
    session.legs.push(leg)
    return leg
  }

  end(session: Session, how: keyof Endings): void {
    this.endings[how] += 1
    this.discard(session)
  }

  /** Without counting it as one that was. */
  discard(session: Session): void {
    this.sessions.delete(session.id)
    this.#relatives.remove(session.id, session.call)
    session.call.close()
  }

  /** An interface of that name and family; the first of its family where the name is unknown, as an rtpengine does. */
  interfaceFor(name: string | undefined, family: 4 | 6 | undefined): string {
    return interfaceFor(this.#options.interfaces, name, family)
  }

  /** Which interface the `I` or `E` of rtpproxy's protocol names. */
  bridgeEnd(end: 'internal' | 'external'): string {
    return bridgeEnd(this.#options.interfaces, end)
  }
}
