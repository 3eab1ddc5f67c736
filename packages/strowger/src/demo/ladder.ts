/** The ladder of a call: who sent what to whom, merged from all elements in the order of time. */
import type { SeenMessage } from '@strowger/sip-transport'

/** In the order of the columns. */
export const ELEMENTS = ['alice', 'users-proxy', 'appserver', 'trunks-proxy', 'carrier', 'bob'] as const
export type Element = (typeof ELEMENTS)[number]

export interface Rung {
  /** UTC, ms with a fraction. */
  readonly wall: number
  readonly from: Element
  readonly to: Element
  readonly method: string
  readonly status?: number
  readonly hasBody: boolean
  readonly cseq: number
  readonly callId: string
}

/** What one element has seen. */
export interface Sighting {
  readonly by: Element
  readonly message: SeenMessage
}

/**
 * Takes sightings in any order and gives rungs in the order of time. Of the platform's other traffic it leaves out what does not belong
 * to a call of our phones: a call's legs are told by the call id that the platform's own requests name.
 */
export class Ladder {
  readonly #addresses: ReadonlyMap<string, Element>
  readonly #waiting: Sighting[] = []
  /** Of our phones' own legs. */
  readonly #callIds = new Set<string>()
  /** The call that a leg's requests name, by Call-ID. */
  readonly #callOf = new Map<string, string>()
  #begun: ReadonlySet<string> = new Set()

  /** `addresses`: where the platform's elements listen, `ADDRESS:PORT`. */
  constructor(addresses: ReadonlyMap<string, Element>) {
    this.#addresses = addresses
  }

  add(sighting: Sighting): void {
    const { by, message } = sighting
    if (isPhone(by)) this.#callIds.add(message.callId)
    if (message.call !== undefined) this.#callOf.set(message.callId, message.call)
    this.#waiting.push(sighting)
  }

  /** The ids of our phones' calls since the last `begin`. */
  get calls(): readonly string[] {
    const since = [...this.#callIds].filter(callId => !this.#begun.has(callId))
    return since.flatMap(callId => this.#callOf.get(callId) ?? [])
  }

  /** What comes from here on belongs to other calls. */
  begin(): void {
    this.#begun = new Set(this.#callIds)
  }

  /** Those until `wall`, earliest first. Later ones wait: another element may still tell of an earlier one. */
  until(wall: number): Rung[] {
    this.#waiting.sort((a, b) => a.message.wall - b.message.wall)
    const ripe = this.#waiting.findIndex(({ message }) => message.wall > wall)
    return this.#waiting.splice(0, ripe < 0 ? this.#waiting.length : ripe).flatMap(sighting => this.#rung(sighting) ?? [])
  }

  #rung({ by, message }: Sighting): Rung | undefined {
    const ends = this.#ends(by, message)
    if (ends === undefined || !this.#isOurs(message)) return undefined
    const { wall, method, status, hasBody, cseq, callId } = message
    return { wall, ...ends, method, ...(status !== undefined && { status }), hasBody, cseq, callId }
  }

  /** Each message once: at the phone, which speaks to the users' proxy alone, or where one inner element sent it to another. */
  #ends(by: Element, { direction, remote }: SeenMessage): { from: Element; to: Element } | undefined {
    if (isPhone(by)) return direction === 'out' ? { from: by, to: 'users-proxy' } : { from: 'users-proxy', to: by }
    const to = this.#addresses.get(remote)
    return direction === 'out' && to !== undefined ? { from: by, to } : undefined
  }

  #isOurs({ callId }: SeenMessage): boolean {
    if (this.#callIds.has(callId)) return true
    const call = this.#callOf.get(callId)
    return call !== undefined && [...this.#callIds].some(ours => this.#callOf.get(ours) === call)
  }
}

function isPhone(element: Element): boolean {
  return element === 'alice' || element === 'bob'
}
