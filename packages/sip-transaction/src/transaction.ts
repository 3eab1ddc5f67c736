/** Handles: what a transaction user holds of a transaction. RFC 3261 §17. */
import { parse, type SipRequest } from '@strowger/sip-parser'
import type { BytesRef } from './byte-slab.ts'
import type { Hop } from './hop.ts'
import type { InviteClientState } from './invite-client.ts'
import type { InviteServerState } from './invite-server.ts'
import type { NonInviteState } from './non-invite-server.ts'
import { SLOT_COUNT } from './slots.ts'

/**
 * A handle. What it names lives in typed arrays, not in objects: half a million of them are alive at 5000 calls/s.
 * `request` may be read until the drain in which the final response appears (or is given to `respond`) is over;
 * after that only the id and the state remain, and reading it throws a TypeError.
 */
export interface ClientTransaction {
  readonly side: 'client'
  /** Unique among the transactions of one layer, for ever. */
  readonly id: number
  /** As it was sent, our Via on top. Throws a TypeError once the drain with the final response is over: it is not kept longer. */
  readonly request: SipRequest
  /** The user's own, such as the other side of a proxied request; the layer never looks at it, and `save` leaves it out. */
  context: unknown
  /** Of the figures in RFC 3261 §17.1 as RFC 6026 changed them. */
  readonly state: InviteClientState | NonInviteState
}

/** A request that somebody sent us, and our answers to it. RFC 3261 §17.2. */
export interface ServerTransaction {
  readonly side: 'server'
  /** Unique among the transactions of one layer, for ever. */
  readonly id: number
  /** As it came. Throws a TypeError once the final response has been given to `respond` and its drain is over. */
  readonly request: SipRequest
  /** The user's own; the layer never looks at it, and `save` leaves it out. */
  context: unknown
  /** Of the figures in RFC 3261 §17.2 as RFC 6026 changed them. */
  readonly state: InviteServerState | NonInviteState
}

export type Transaction = ClientTransaction | ServerTransaction

/** Where a handle reads what is not in itself. */
export interface HandleSource {
  /** The state of a transaction that may be over. */
  stateOf(handle: Handle): string
  readonly stored: { read(ref: BytesRef): Uint8Array }
}

/** Both kinds of handle; the layer hands it out as one or the other. */
export class Handle {
  readonly side: 'client' | 'server'
  readonly slot: number
  context: unknown = undefined
  /** The way to its peer, while something may still be sent. */
  hop: Hop | undefined
  readonly #source: HandleSource
  readonly #generation: number
  #request: SipRequest | undefined
  #sent: BytesRef

  /** `sent`: a request of ours among the stored messages, parsed when somebody looks; else 0. */
  constructor(
    side: 'client' | 'server',
    slot: number,
    generation: number,
    source: HandleSource,
    hop: Hop | undefined,
    request: SipRequest | undefined,
    sent: BytesRef,
  ) {
    this.side = side
    this.slot = slot
    this.#generation = generation
    this.#source = source
    this.hop = hop
    this.#request = request
    this.#sent = sent
  }

  get id(): number {
    return this.#generation * SLOT_COUNT + this.slot
  }

  get state(): string {
    return this.#source.stateOf(this)
  }

  get request(): SipRequest {
    this.#request ??= parseOwn(this.id, this.sent)
    return this.#request
  }

  /** The request as it was sent or received. */
  get wire(): Uint8Array {
    return this.sent ?? this.request.wire
  }

  /** A request of ours as it was sent, until it is gone. */
  get sent(): Uint8Array | undefined {
    return this.#sent === 0 ? undefined : this.#source.stored.read(this.#sent)
  }

  /** Lets go of the request; gives what has to be released among the stored messages. */
  release(): BytesRef {
    const sent = this.#sent
    this.#request = undefined
    this.#sent = 0
    return sent
  }
}

function parseOwn(id: number, bytes: Uint8Array | undefined): SipRequest {
  if (bytes === undefined) {
    throw new TypeError(`transaction ${id} has had its final response; read its request before, and keep what you need`)
  }
  const message = parse(bytes)
  if (message.kind !== 'request') throw new TypeError('what was given to `send` does not read as a request')
  return message
}
