/** Keeps the messages of one dialog in order while the relay is being asked; a BYE never waits (design §8.5). */
import type { Output } from '@strowger/sip-transaction'

/** Messages held per Call-ID. Of more than this many the newest is dropped, if its sender repeats it or can do without. */
const HELD_LIMIT = 32

export class DialogQueue {
  readonly #busy = new Map<string, number>()
  readonly #held = new Map<string, Output[]>()
  #size = 0
  #dropped = 0

  /** Messages held at this moment. */
  get size(): number {
    return this.#size
  }

  /** Messages there was no room for, since the start: each of them is sent again, or can be missed. */
  get dropped(): number {
    return this.#dropped
  }

  isBusy(callId: string): boolean {
    return this.#busy.has(callId)
  }

  /** A relay command for this dialog is outstanding. */
  begin(callId: string): void {
    this.#busy.set(callId, (this.#busy.get(callId) ?? 0) + 1)
  }

  /** The command ended. Returns what may go on now, oldest first, once none is outstanding. */
  end(callId: string): readonly Output[] {
    const left = (this.#busy.get(callId) ?? 1) - 1
    if (left > 0) {
      this.#busy.set(callId, left)
      return []
    }
    this.#busy.delete(callId)
    const held = this.#held.get(callId) ?? []
    this.#held.delete(callId)
    this.#size -= held.length
    return held
  }

  /** False when there is no room. What must not be lost always finds some: nobody would send it again. */
  hold(callId: string, output: Output, mustNotBeLost: boolean): boolean {
    const held = this.#held.get(callId) ?? []
    if (held.length >= HELD_LIMIT && !mustNotBeLost) {
      this.#dropped++
      return false
    }
    held.push(output)
    this.#held.set(callId, held)
    this.#size++
    return true
  }
}
