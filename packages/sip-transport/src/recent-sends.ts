/** Which transactions lately sent to a peer, so that an ICMP error ends those and no others. RFC 3261 §18.4, §17.1.4. */
import type { Address, ClientTransaction, ServerTransaction } from '@strowger/sip-transaction'

type Transaction = ClientTransaction | ServerTransaction

/** A ring of the last sends: an ICMP error follows its datagram within a round trip, or never. */
export class RecentSends {
  readonly #peers: (Address | undefined)[]
  readonly #transactions: (Transaction | undefined)[]
  #next = 0

  constructor(size: number = 4096) {
    this.#peers = new Array<Address | undefined>(size).fill(undefined)
    this.#transactions = new Array<Transaction | undefined>(size).fill(undefined)
  }

  note(peer: Address, transaction: Transaction): void {
    this.#peers[this.#next] = peer
    this.#transactions[this.#next] = transaction
    this.#next = (this.#next + 1) % this.#peers.length
  }

  /** Each transaction once, oldest first; they are forgotten. */
  take({ address, port }: Address): Transaction[] {
    const found = new Map<number, Transaction>()
    for (let step = 0; step < this.#peers.length; step++) {
      const i = (this.#next + step) % this.#peers.length
      const peer = this.#peers[i]
      const transaction = this.#transactions[i]
      if (transaction === undefined || peer === undefined || peer.port !== port || peer.address !== address) continue
      found.set(transaction.id, transaction)
      this.#peers[i] = undefined
      this.#transactions[i] = undefined
    }
    return [...found.values()]
  }
}
