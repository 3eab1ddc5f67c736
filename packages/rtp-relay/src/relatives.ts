/** Finds sessions whose media may meet at this relay: they need one packet thread. Our proxies name the sessions of a call `CALL.LEG`. */
import type { Call } from './call.ts'

export class Relatives {
  /** Hardly a family has a second call. */
  readonly #calls: Map<string, readonly Call[]> = new Map()

  /** A call of the same family, if there is one. */
  find(id: string): Call | undefined {
    return this.#calls.get(familyOf(id))?.[0]
  }

  add(id: string, call: Call): void {
    const family = familyOf(id)
    const others = this.#calls.get(family)
    this.#calls.set(family, others ? [...others, call] : [call])
  }

  remove(id: string, call: Call): void {
    const family = familyOf(id)
    const others = this.#calls.get(family)?.filter(one => one !== call) ?? []
    if (others.length > 0) this.#calls.set(family, others)
    else this.#calls.delete(family)
  }
}

/** A name without a dot is a family of its own. */
function familyOf(id: string): string {
  const dot = id.lastIndexOf('.')
  return dot < 0 ? id : id.slice(0, dot)
}
