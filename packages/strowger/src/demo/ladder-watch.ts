/** Asks every element for its messages, again and again, and gives the rungs of the ladder as they come. */
import { adminPath, askAdmin, type Config, wall } from '@strowger/runtime'
import type { MessageWatch, SeenMessage } from '@strowger/sip-transport'
import { type Element, Ladder, type Rung } from './ladder.ts'

interface Source {
  readonly by: Element
  after(number: number): Promise<{ readonly last: number; readonly messages: readonly SeenMessage[] }>
}

export class LadderWatch {
  readonly #ladder: Ladder
  readonly #sources: readonly Source[]
  readonly #last = new Map<Element, number>()
  #told: (rung: Rung) => void = () => {}
  #timer: NodeJS.Timeout | undefined
  #asking: Promise<void> = Promise.resolve()

  /** `phones`: those of this process. */
  constructor(config: Config, phones: Readonly<Record<'alice' | 'bob', MessageWatch>>) {
    this.#ladder = new Ladder(addressesOf(config))
    const inside = (['users-proxy', 'appserver', 'trunks-proxy', 'carrier'] as const).map(role => roleSource(config.data, role))
    const outside = (['alice', 'bob'] as const).map(by => ({
      by,
      after: (number: number) => Promise.resolve(phones[by].after(number)),
    }))
    this.#sources = [...outside, ...inside]
  }

  /** From when this resolves, every element keeps its messages for us, and has compared its clocks often enough to be exact. */
  async open(): Promise<void> {
    for (let times = 0; times < 10; times++) {
      await this.#askAll(true)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    this.#timer = setInterval(() => {
      this.#asking = this.#asking.then(() => this.#ask())
    }, ASK_MS)
  }

  /** `told` hears of each message from here on. */
  begin(told: (rung: Rung) => void): void {
    this.#ladder.begin()
    this.#told = told
  }

  /** Resolves to the ids of the calls since `begin`, when all that was sent so far has been told. */
  async settle(): Promise<readonly string[]> {
    await new Promise(resolve => setTimeout(resolve, HOLD_MS))
    await this.#asking
    await this.#askAll()
    this.#tell(Number.POSITIVE_INFINITY)
    return this.#ladder.calls
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #ask(): Promise<void> {
    const before = wall()
    await this.#askAll()
    this.#tell(before - HOLD_MS)
  }

  async #askAll(first = false): Promise<void> {
    await Promise.all(this.#sources.map(source => this.#askOne(source, first)))
  }

  async #askOne({ by, after }: Source, first: boolean): Promise<void> {
    const { last, messages } = await after(this.#last.get(by) ?? 0)
    this.#last.set(by, last)
    if (!first) for (const message of messages) this.#ladder.add({ by, message })
  }

  #tell(until: number): void {
    for (const rung of this.#ladder.until(until)) this.#told(rung)
  }
}

/** A role that does not run here, or has just died, tells nothing. */
function roleSource(data: string, role: 'users-proxy' | 'appserver' | 'trunks-proxy' | 'carrier'): Source {
  let last = 0
  return {
    by: role,
    async after(number) {
      try {
        const answer = JSON.parse(await askAdmin(adminPath(data, role), `/messages?after=${number}`)) as Awaited<
          ReturnType<Source['after']>
        >
        last = answer.last
        return answer
      } catch {
        return { last, messages: [] }
      }
    },
  }
}

function addressesOf({ listen, usersProxy, trunksProxy, appserver, carrier }: Config): ReadonlyMap<string, Element> {
  return new Map<string, Element>([
    [`${listen}:${usersProxy.udp}`, 'users-proxy'],
    [`${listen}:${usersProxy.tcp}`, 'users-proxy'],
    [`${listen}:${trunksProxy.udp}`, 'trunks-proxy'],
    [`${appserver.address}:${appserver.udp}`, 'appserver'],
    [`${carrier.address}:${carrier.udp}`, 'carrier'],
  ])
}

const ASK_MS = 60
/** Until then another element may tell of an earlier message. */
const HOLD_MS = 120
