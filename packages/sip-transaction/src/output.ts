/** What the layer wants done, pulled with `poll`. RFC 3261 §17, the arrows that leave the boxes of Figures 5 to 8. */
import type { SipRequest, SipResponse } from '@strowger/sip-parser'
import type { Hop } from './hop.ts'
import type { ClientTransaction, ServerTransaction, Transaction } from './transaction.ts'

/** A new request for which nothing is remembered yet. `accept` it, `replyStateless`, or let it go. */
export interface Incoming {
  /** As it came, its Vias included. */
  readonly request: SipRequest
  /** The way back to its sender. */
  readonly from: Hop
  /** The same request came by another way and is being served: a user agent answers 482 (RFC 3261 §8.2.2.2). Needs the option `findMerged`. */
  readonly merged?: true
}

/** An answer that is built in one go, with a To tag of ours. RFC 3261 §8.2.6, §8.2.7. */
export interface StatelessReply {
  /** 100 to 699. RFC 3261 §7.2. */
  readonly status: number
  /** Default: the registered phrase. */
  readonly reason?: string
  /** Beyond those that every response copies, in this order. RFC 3261 §8.2.6.2. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

export type Output =
  /**
   * Put these bytes on the wire; report `sendFailed` for this transaction if that cannot be done. For a response the hop is the one
   * its request came from: choosing `received`, `rport` or `maddr` of the top Via is the transport's part (RFC 3261 §18.2.2, RFC 3581 §4).
   */
  | { readonly kind: 'transmit'; readonly hop: Hop; readonly bytes: Uint8Array; readonly transaction?: Transaction }
  | { readonly kind: 'request'; readonly incoming: Incoming }
  /** The peer gave up on it; 200 to the CANCEL has been sent (RFC 3261 §9.2). The user answers 487. `cancel` may say why: its Reason (RFC 3326 §2). */
  | { readonly kind: 'cancelled'; readonly transaction: ServerTransaction; readonly cancel: SipRequest }
  | { readonly kind: 'response'; readonly transaction: ClientTransaction; readonly response: SipResponse }
  /**
   * Timer B, F or H, `giveUpMs`, or the hop broke (RFC 3261 §8.1.3.1: treat as 408, 503). After a final response it only says that
   * the ACK, or the response, could not be delivered.
   */
  | { readonly kind: 'failed'; readonly transaction: Transaction; readonly cause: 'timeout' | 'transport' }
  /** ACK to a 2xx, or a response that matches nothing: the core decides (RFC 3261 §13.2.2.4, §16.7; RFC 6026 §8.9). */
  | { readonly kind: 'unmatched'; readonly message: SipRequest | SipResponse; readonly from: Hop }
  /** Always the last word about a transaction. */
  | { readonly kind: 'terminated'; readonly transaction: Transaction }

/** First in, first out; the array is used again once it has been drained. */
export class OutputQueue {
  readonly #outputs: (Output | undefined)[] = []
  #count = 0
  #next = 0

  push(output: Output): void {
    this.#outputs[this.#count++] = output
  }

  take(): Output | undefined {
    if (this.#next === this.#count) {
      this.#count = 0
      this.#next = 0
      if (this.#outputs.length > MOST_KEPT) this.#outputs.length = MOST_KEPT
      return undefined
    }
    const output = this.#outputs[this.#next]
    this.#outputs[this.#next++] = undefined
    return output
  }
}

/** Entries that a drained list keeps room for; after a great heap the rest is given back. */
export const MOST_KEPT = 1024
