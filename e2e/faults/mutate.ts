/** Messages that went wrong on the way, from ones that were right or wrong already: the same for the same seed. RFC 3261 §25. */
import { seededRandom } from '@strowger/testkit'

const TOKENS = [
  '\r\n',
  '\r\n ',
  ',',
  ';',
  '"',
  '<',
  '>',
  '\\',
  ':',
  '\r',
  '\n',
  '%',
  '\r\n\r\n',
  '=',
  '@',
  '[',
  '\0',
  '\xff',
  'SIP/2.0',
  '99999999999',
  '-1',
  ' ',
]

export class Mutator {
  readonly #random: () => number
  readonly #seeds: readonly Uint8Array[]

  constructor(seed: number, from: readonly Uint8Array[]) {
    this.#random = seededRandom(seed)
    this.#seeds = from
  }

  next(): Uint8Array {
    let bytes: Buffer = Buffer.from(this.#pick(this.#seeds))
    for (let changes = 1 + this.#below(4); changes > 0; changes--) bytes = this.#change(bytes)
    return bytes.subarray(0, 60_000)
  }

  #change(bytes: Buffer): Buffer {
    const [a, b] = [this.#below(bytes.length + 1), this.#below(bytes.length + 1)].sort((x, y) => x - y) as [number, number]
    switch (this.#below(7)) {
      case 0:
        return Buffer.concat([bytes.subarray(0, a), Buffer.from([this.#below(256)]), bytes.subarray(a + 1)])
      case 1:
        return Buffer.concat([bytes.subarray(0, a), bytes.subarray(b)])
      case 2:
        return Buffer.concat([bytes.subarray(0, b), bytes.subarray(a)])
      case 3:
        return Buffer.concat([bytes.subarray(0, a), Buffer.from(this.#pick(TOKENS), 'latin1'), bytes.subarray(a)])
      case 4:
        return this.#putLine(bytes, this.#lineOf(Buffer.from(this.#pick(this.#seeds))))
      case 5:
        return Buffer.concat([bytes.subarray(0, a), Buffer.alloc(1 + this.#below(3000), this.#below(256)), bytes.subarray(a)])
      default:
        return Buffer.concat([bytes.subarray(0, a), Buffer.from(this.#pick(this.#seeds)).subarray(this.#below(200))])
    }
  }

  /** Before or behind a line that is there. */
  #putLine(bytes: Buffer, line: Buffer): Buffer {
    const ends: number[] = []
    for (let at = bytes.indexOf('\r\n'); at >= 0; at = bytes.indexOf('\r\n', at + 2)) ends.push(at + 2)
    const at = ends.length === 0 ? 0 : this.#pick(ends)
    return Buffer.concat([bytes.subarray(0, at), line, bytes.subarray(at)])
  }

  #lineOf(bytes: Buffer): Buffer {
    const lines = bytes.toString('latin1').split('\r\n\r\n')[0]!.split('\r\n')
    return Buffer.from(`${this.#pick(lines)}\r\n`, 'latin1')
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most)
  }
}
