/** A call at the relay: its parties, and who hears whom. */
import type { StreamStats } from './counters.ts'
import type { Exchange } from './exchange.ts'
import type { Media, MediaOptions } from './media.ts'
import { Party, type PartyOptions } from './party.ts'
import { RelayError } from './relay-error.ts'

/** @internal What a call needs of its relay. */
export interface CallHome {
  readonly exchange: Exchange
  interfaceOf(name: string | undefined): number
  closed(call: Call): void
}

export class Call {
  /** What the caller of `Relay.call` named it, or a random name. */
  readonly id: string
  readonly #home: CallHome
  /** @internal Which packet thread serves it. */
  readonly thread: number
  readonly #parties: Set<Party> = new Set()
  #closed = false

  /** @internal */
  constructor(home: CallHome, id: string, thread: number) {
    this.#home = home
    this.id = id
    this.thread = thread
  }

  /** In the order in which they joined. */
  get parties(): ReadonlySet<Party> {
    return this.#parties
  }

  /** @throws {RelayError} `ports-exhausted`, `closed`. @throws {TypeError} an interface nobody configured. */
  party(tag: string, options: PartyOptions = {}): Party {
    if (this.#closed) throw new RelayError('closed', `The call ${this.id} is closed.`)
    const { media = 1, ...settings } = options
    const { learn = true, silenceMs = 60_000, tos = 0 } = settings
    const how: MediaOptions = {
      interface: this.#home.interfaceOf(options.interface),
      thread: this.thread,
      learn: learn === 'host' ? 'host' : learn ? 'any' : 'exact',
      silenceMs,
      tos,
    }
    const party: Party = new Party(this.#home.exchange, tag, settings, how, one => {
      one.owner = { call: this, party }
    })
    try {
      for (let index = 0; index < media; index++) party.addMedia()
    } catch (error) {
      party.close()
      throw error
    }
    this.#parties.add(party)
    return party
  }

  /** @internal Other ports for an m-line of `party`, on the interface of that name. */
  reopen(party: Party, index: number, name: string, pairs: number): Media {
    return party.reopen(index, { interface: this.#home.interfaceOf(name), pairs })
  }

  /** What `from` says goes to `to`; undone by the next `joinTo` from the same party, or either's close. */
  joinTo(from: Party, to: Party): void {
    if (!this.#parties.has(from) || !this.#parties.has(to)) throw new TypeError('Both parties must be of this call.')
    from.speakTo(to)
  }

  /** @internal A media of a party as it was before a restart. @throws {RelayError} `ports-exhausted`. */
  openAgain(party: Party, port: number, name: string, pairs: number): Media {
    return party.addMedia(port, { interface: this.#home.interfaceOf(name), pairs })
  }

  /** Closes one party and forgets it. */
  drop(party: Party): readonly StreamStats[] {
    this.#parties.delete(party)
    return party.close()
  }

  /** Counters by tag. */
  close(): ReadonlyMap<string, readonly StreamStats[]> {
    this.#closed = true
    const stats = new Map([...this.#parties].map(party => [party.tag, party.close()] as const))
    this.#home.closed(this)
    return stats
  }
}
