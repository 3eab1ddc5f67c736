/** The living transactions of a layer: made, found by key, forgotten. RFC 3261 §17.1.3, §17.2.3. */
import { type SipRequest, type SipResponse, Via } from '@strowger/sip-parser'
import { ByteSlab, type BytesRef } from './byte-slab.ts'
import { ForeignKeys } from './foreign-keys.ts'
import type { Hop } from './hop.ts'
import { KeyHash } from './key-hash.ts'
import { KeyTable } from './key-table.ts'
import { INVITE_CLIENT, MACHINES, type Machine, NON_INVITE_CLIENT } from './machines.ts'
import { hashClientKey, hashMerged, hashRequest, hashResponse } from './matching.ts'
import type { Pair, ReadSaved, SavedTransaction } from './saved-transaction.ts'
import { MERGE_INDEXED, RELIABLE, Slots } from './slots.ts'
import { Handle, type HandleSource } from './transaction.ts'
import { WakeQueue } from './wake-queue.ts'

export class Transactions implements HandleSource {
  readonly slots: Slots = new Slots()
  readonly stored: ByteSlab = new ByteSlab()
  readonly wakes: WakeQueue = new WakeQueue()
  /** Where callers put a key before `find` or `open`. */
  readonly hash: KeyHash
  /** Reasons of CANCELs that wait for a 1xx, by slot. */
  readonly heldReasons: Map<number, string> = new Map()
  client = 0
  server = 0
  readonly #keys = new KeyTable()
  readonly #foreign = new ForeignKeys()
  /** The request looked for last, and its key. */
  #asked: SipRequest | undefined
  #askedMethod = ''
  #askedLo = 0
  #askedHi = 0

  constructor(secret: string) {
    this.hash = new KeyHash(secret)
  }

  /** A server transaction in its first state under the key in `hash`. Without a request: after its final response. */
  openServer(machine: number, flags: number, hop: Hop | undefined, request: SipRequest | undefined): number {
    this.server++
    return this.#open('server', machine, flags, hop, request, 0)
  }

  /** The same for a client transaction; keeps a copy of the request it sends. */
  openClient(machine: number, flags: number, hop: Hop | undefined, request: Uint8Array | undefined): number {
    this.client++
    return this.#open('client', machine, flags, hop, undefined, request === undefined ? 0 : this.stored.keep(request))
  }

  #open(
    side: Handle['side'],
    machine: number,
    flags: number,
    hop: Hop | undefined,
    request: SipRequest | undefined,
    sent: BytesRef,
  ): number {
    const { slots, hash } = this
    const reliable = hop === undefined || hop.transport === 'UDP' ? 0 : RELIABLE
    const slot = slots.take(machine, flags | reliable, hash.lo, hash.hi)
    slots.setHandle(slot, new Handle(side, slot, slots.generation(slot), this, hop, request, sent))
    this.#keys.add(hash.lo, hash.hi, slot)
    return slot
  }

  /** The transaction under the key in `hash`, or -1. */
  find(): number {
    return this.#keys.get(this.hash.lo, this.hash.hi)
  }

  /** The server transaction of a request, or -1; `method` is the one of the transaction looked for, see {@link hashRequest}. */
  findRequest(request: SipRequest, method: string): number {
    hashRequest(this.hash, request, method)
    this.#asked = request
    this.#askedMethod = method
    this.#askedLo = this.hash.lo
    this.#askedHi = this.hash.hi
    const slot = this.find()
    return slot >= 0 || !this.#foreign.any ? slot : this.#findForeignRequest(request, method)
  }

  /** Again after {@link findRequest} gave nothing for the same request: its key is still known. */
  findNew(request: SipRequest, method: string): number {
    if (request !== this.#asked || method !== this.#askedMethod) return this.findRequest(request, method)
    this.hash.lo = this.#askedLo
    this.hash.hi = this.#askedHi
    return this.find()
  }

  /** The client transaction with this branch and method, or -1. Leaves its key in `hash`. */
  findClient(branch: string, method: string): number {
    hashClientKey(this.hash, branch, method)
    const slot = this.find()
    return slot >= 0 || !this.#foreign.any ? slot : this.#findForeignClient(branch, method)
  }

  /** The client transaction of a response, or -1. */
  findResponse(response: SipResponse): number {
    if (!hashResponse(this.hash, response)) return -1
    const slot = this.find()
    return slot >= 0 || !this.#foreign.any ? slot : this.#findForeignResponse(response)
  }

  /** Whether a request that is being served has the From tag, Call-ID and CSeq of this one (RFC 3261 §8.2.2.2). */
  isMerged(request: SipRequest): boolean {
    if (!hashMerged(this.hash, request)) return false
    return this.find() >= 0 || (this.#foreign.any && this.#findForeign(() => hashMerged(this.hash, request)) >= 0)
  }

  // Apart from their callers: where there is a closure, each call makes room for what it holds, needed or not.
  #findForeignRequest(request: SipRequest, method: string): number {
    return this.#findForeign(() => hashRequest(this.hash, request, method))
  }

  #findForeignClient(branch: string, method: string): number {
    return this.#findForeign(() => hashClientKey(this.hash, branch, method))
  }

  #findForeignResponse(response: SipResponse): number {
    return this.#findForeign(() => hashResponse(this.hash, response))
  }

  #findForeign(put: () => void): number {
    return this.#foreign.find(this.hash, put, () => this.find())
  }

  /** The transaction came from a layer with this secret, and its keys are hashed under it. */
  markForeign(slot: number, secret: Pair): void {
    this.#foreign.add(slot, secret)
  }

  /** Puts the key of a saved transaction into `hash`: made anew from its request; true where that is gone and the key is another secret's. */
  hashSaved(from: SavedTransaction, { machine, request }: ReadSaved): boolean {
    const { hash } = this
    if (request === undefined) {
      hash.lo = from.key.hash[0]
      hash.hi = from.key.hash[1]
      return from.key.secret.join() !== hash.key.join()
    }
    if (isClient(machine)) hashClientKey(hash, request.headers.get(Via)?.branch ?? '', request.method)
    else hashRequest(hash, request, request.method)
    return false
  }

  /** Makes it findable as merged where it was before. */
  indexSaved(slot: number, { key }: SavedTransaction, { request }: ReadSaved): void {
    if (key.merged === undefined) return
    if (request === undefined) {
      this.hash.lo = key.merged[0]
      this.hash.hi = key.merged[1]
    } else hashMerged(this.hash, request)
    this.index(slot)
  }

  /** What the keys of a transaction are hashed under. */
  secretOf(slot: number): Pair {
    return this.#foreign.secretOf(slot) ?? this.hash.key
  }

  /** Makes a transaction findable under a second key, the one in `hash`, unless another holds it. */
  index(slot: number): void {
    if (this.find() >= 0) return
    const { slots, hash } = this
    slots.setMerge(slot, hash.lo, hash.hi)
    slots.set(slot, MERGE_INDEXED)
    this.#keys.add(hash.lo, hash.hi, slot)
  }

  /** Keeps a copy of what may have to be sent again, instead of what was kept before. */
  keep(slot: number, bytes: Uint8Array): void {
    this.forget(slot)
    this.slots.setStored(slot, this.stored.keep(bytes))
  }

  forget(slot: number): void {
    const ref = this.slots.stored(slot)
    if (ref === 0) return
    this.stored.release(ref)
    this.slots.setStored(slot, 0)
  }

  /** What may have to be sent again: the last response, our ACK, or our request. */
  lastSent(slot: number): Uint8Array | undefined {
    const ref = this.slots.stored(slot)
    return ref !== 0 ? this.stored.read(ref) : this.slots.handle(slot).sent
  }

  /** Empties a handle whose request nobody may read any more. */
  release(handle: Handle): void {
    const ref = handle.release()
    if (ref !== 0) this.stored.release(ref)
  }

  close(slot: number): void {
    const { slots } = this
    this.forget(slot)
    slots.handle(slot).hop = undefined
    this.wakes.stop(2 * slot)
    this.wakes.stop(2 * slot + 1)
    this.#keys.remove(slots.keyLo(slot), slots.keyHi(slot))
    if (slots.has(slot, MERGE_INDEXED)) this.#keys.remove(slots.mergeLo(slot), slots.mergeHi(slot))
    if (this.#foreign.any) this.#foreign.remove(slot)
    if (this.heldReasons.size > 0) this.heldReasons.delete(slot)
    if (isClient(slots.machine(slot))) this.client--
    else this.server--
    slots.give(slot)
  }

  /** What is held for all transactions together. */
  kept(): { readonly keys: number; readonly messages: number; readonly hops: number } {
    return { keys: this.#keys.size, messages: this.stored.size, hops: this.slots.hops }
  }

  machineOf(slot: number): Machine {
    return MACHINES[this.slots.machine(slot)]!
  }

  stateIn(slot: number): string {
    return this.machineOf(slot).states[this.slots.state(slot)]!
  }

  stateOf(handle: Handle): string {
    const slot = this.slots.slotOf(handle)
    return slot < 0 ? 'terminated' : this.stateIn(slot)
  }
}

function isClient(machine: number): boolean {
  return machine === INVITE_CLIENT || machine === NON_INVITE_CLIENT
}
