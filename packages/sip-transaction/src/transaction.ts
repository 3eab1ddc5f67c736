/** Handles: what a transaction user holds of a transaction. RFC 3261 §17. */
import { parse, type SipRequest } from '@strowger/sip-parser'
import type { InviteClientState } from './invite-client.ts'
import type { InviteServerState } from './invite-server.ts'
import type { NonInviteState } from './non-invite-server.ts'

/**
 * A handle. What it names lives in typed arrays, not in objects: half a million of them are alive at 5000 calls/s.
 * `request` may be read until the drain in which the final response appears (or is given to `respond`) is over;
 * after that only the id and the state remain, and reading it throws a TypeError.
 */
export interface ClientTransaction {
  readonly side: 'client'
  /** Unique among the transactions of one layer, for ever. */
  readonly id: number
  readonly request: SipRequest
  readonly state: InviteClientState | NonInviteState
}

export interface ServerTransaction {
  readonly side: 'server'
  /** Unique among the transactions of one layer, for ever. */
  readonly id: number
  readonly request: SipRequest
  readonly state: InviteServerState | NonInviteState
}

export type Transaction = ClientTransaction | ServerTransaction

/** Answers the current state of a transaction that may be over. */
export interface StateSource {
  stateOf(id: number): string
}

/** Both kinds of handle; the layer hands it out as one or the other. */
export class Handle {
  readonly side: 'client' | 'server'
  readonly id: number
  readonly #source: StateSource
  #request: SipRequest | Uint8Array | undefined

  /** `request`: bytes for a request of ours, which is parsed when somebody looks. */
  constructor(side: 'client' | 'server', id: number, source: StateSource, request: SipRequest | Uint8Array | undefined) {
    this.side = side
    this.id = id
    this.#source = source
    this.#request = request
  }

  get state(): string {
    return this.#source.stateOf(this.id)
  }

  get request(): SipRequest {
    if (this.#request === undefined) {
      throw new TypeError(`transaction ${this.id} has had its final response; read its request before, and keep what you need`)
    }
    if (this.#request instanceof Uint8Array) this.#request = parseOwn(this.#request)
    return this.#request
  }

  /** The request as it was sent or received. */
  get wire(): Uint8Array {
    return this.#request instanceof Uint8Array ? this.#request : this.request.wire
  }

  /** The same, or `undefined` when it is gone. */
  get sent(): Uint8Array | undefined {
    return this.#request === undefined ? undefined : this.wire
  }

  release(): void {
    this.#request = undefined
  }
}

function parseOwn(bytes: Uint8Array): SipRequest {
  const message = parse(bytes)
  if (message.kind !== 'request') throw new TypeError('what was given to `send` does not read as a request')
  return message
}
