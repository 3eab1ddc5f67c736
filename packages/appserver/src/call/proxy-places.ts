/** Where our two proxies are: as the configuration says, until one of them says that it has moved. RFC 3261 §18.2. */
import type { ProxyPlace } from '@strowger/runtime'
import type { Address } from '@strowger/sip-transaction'
import type { Side } from './call.ts'

export class ProxyPlaces {
  readonly #now: Record<Side, Address>
  /** Where they are and were, the latest last: what goes on by an earlier port is still theirs. */
  #known: readonly ProxyPlace[]

  constructor(configured: Readonly<Record<Side, Address>>) {
    this.#now = { ...configured }
    this.#known = (['users', 'trunks'] as const).map(side => ({ side, ...configured[side] }))
  }

  at(side: Side): Address {
    return this.#now[side]
  }

  /** The proxy that sends from there, if one does. */
  sideAt({ address, port }: Address): Side | undefined {
    return this.#known.findLast(place => place.address === address && place.port === port)?.side
  }

  /** From here on it is sent to there. Another machine is no move. */
  moved({ side, address, port }: ProxyPlace): void {
    const now = this.#now[side]
    if (address !== now.address || port === now.port) return
    this.#now[side] = { address, port }
    this.#known = [...this.#known.filter(place => !isSame(place, { side, address, port })), { side, address, port }].slice(-MOST)
  }
}

function isSame(one: ProxyPlace, other: ProxyPlace): boolean {
  return one.side === other.side && one.address === other.address && one.port === other.port
}

const MOST = 16
