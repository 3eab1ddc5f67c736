/** The living transactions of a layer: made, found by key, forgotten. RFC 3261 §17.1.3, §17.2.3. */
import type { SipRequest } from '@strowger/sip-parser'
import { ByteSlab } from './byte-slab.ts'
import type { Hop } from './hop.ts'
import { KeyHash } from './key-hash.ts'
import { KeyTable } from './key-table.ts'
import { INVITE_CLIENT, MACHINES, type Machine, NON_INVITE_CLIENT } from './machines.ts'
import { MERGE_INDEXED, RELIABLE, Slots } from './slots.ts'
import { Handle, type StateSource } from './transaction.ts'
import { WakeQueue } from './wake-queue.ts'

export class Transactions implements StateSource {
  readonly slots: Slots = new Slots()
  readonly stored: ByteSlab = new ByteSlab()
  readonly wakes: WakeQueue = new WakeQueue()
  /** Where callers put a key before `find` or `open`. */
  readonly hash: KeyHash
  client = 0
  server = 0
  readonly #keys = new KeyTable()

  constructor(secret: string) {
    this.hash = new KeyHash(secret)
  }

  /** A transaction in its first state under the key in `hash`. */
  open(machine: number, flags: number, hop: Hop, request: SipRequest | Uint8Array): number {
    const { slots, hash } = this
    const slot = slots.take()
    const client = isClient(machine)
    slots.machine[slot] = machine
    slots.state[slot] = 0
    slots.flags[slot] = flags | (hop.transport === 'UDP' ? 0 : RELIABLE)
    slots.hop[slot] = hop
    slots.handle[slot] = new Handle(client ? 'client' : 'server', slots.id(slot), this, request)
    slots.keyLo[slot] = hash.lo
    slots.keyHi[slot] = hash.hi
    this.#keys.add(hash.lo, hash.hi, slot)
    if (client) this.client++
    else this.server++
    return slot
  }

  /** The transaction under the key in `hash`, or -1. */
  find(): number {
    return this.#keys.get(this.hash.lo, this.hash.hi)
  }

  /** Makes a transaction findable under a second key, the one in `hash`, unless another holds it. */
  index(slot: number): void {
    if (this.find() >= 0) return
    const { slots, hash } = this
    slots.mergeLo[slot] = hash.lo
    slots.mergeHi[slot] = hash.hi
    slots.set(slot, MERGE_INDEXED)
    this.#keys.add(hash.lo, hash.hi, slot)
  }

  /** Keeps a copy of what may have to be sent again, instead of what was kept before. */
  keep(slot: number, bytes: Uint8Array): void {
    this.forget(slot)
    this.slots.stored[slot] = this.stored.keep(bytes)
  }

  forget(slot: number): void {
    const ref = this.slots.stored[slot]!
    if (ref !== 0) this.stored.release(ref)
    this.slots.stored[slot] = 0
  }

  /** What may have to be sent again: the last response, our ACK, or our request. */
  lastSent(slot: number): Uint8Array | undefined {
    const ref = this.slots.stored[slot]!
    if (ref !== 0) return this.stored.read(ref)
    return isClient(this.slots.machine[slot]!) ? this.slots.handle[slot]!.wire : undefined
  }

  close(slot: number): void {
    const { slots } = this
    this.forget(slot)
    this.wakes.stop(2 * slot)
    this.wakes.stop(2 * slot + 1)
    this.#keys.remove(slots.keyLo[slot]!, slots.keyHi[slot]!)
    if (slots.has(slot, MERGE_INDEXED)) this.#keys.remove(slots.mergeLo[slot]!, slots.mergeHi[slot]!)
    if (isClient(slots.machine[slot]!)) this.client--
    else this.server--
    slots.give(slot)
  }

  machineOf(slot: number): Machine {
    return MACHINES[this.slots.machine[slot]!]!
  }

  stateIn(slot: number): string {
    return this.machineOf(slot).states[this.slots.state[slot]!]!
  }

  stateOf(id: number): string {
    const slot = this.slots.slotOf(id)
    return slot < 0 ? 'terminated' : this.stateIn(slot)
  }
}

function isClient(machine: number): boolean {
  return machine === INVITE_CLIENT || machine === NON_INVITE_CLIENT
}
