/** What came to a phone and was not taken yet. RFC 3261 §8.1.3, §8.2. */
import type { Parsed } from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'

/** A message and who sent it. */
export interface Arrived {
  readonly message: Parsed
  readonly from: Address
}

/** Messages in the order they came. */
export class Inbox {
  readonly #waiting: Arrived[] = []
  readonly #ignored: readonly string[]
  readonly #anyOrder: boolean

  constructor({ ignore = IGNORED, anyOrder = false }: { readonly ignore?: readonly string[]; readonly anyOrder?: boolean }) {
    this.#ignored = ignore
    this.#anyOrder = anyOrder
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(arrived: Arrived): void {
    this.#waiting.push(arrived)
  }

  take(arrived: Arrived): void {
    this.#waiting.splice(this.#waiting.indexOf(arrived), 1)
  }

  /** The message that a step has to do with: the oldest that is not passed over, or, in any order, the oldest that fits. */
  nextFor(fits: (message: Parsed) => boolean): Arrived | undefined {
    if (this.#anyOrder) return this.#waiting.find(({ message }) => fits(message))
    while (this.#waiting[0] && !fits(this.#waiting[0].message) && this.#ignored.includes(nameOf(this.#waiting[0].message)))
      this.#waiting.shift()
    return this.#waiting[0]
  }
}

function nameOf(message: Parsed): string {
  return message.kind === 'request' ? message.method : message.kind === 'response' ? String(message.status) : 'malformed'
}

const IGNORED: readonly string[] = ['100']
