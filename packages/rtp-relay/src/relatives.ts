/** Finds sessions whose media may meet at this relay: they need one packet thread. Our proxies name the sessions of a call `CALL.LEG`. */
import type { Call } from './call.ts'

export class Relatives {
  readonly #calls: Map<string, Set<Call>> = new Map()

  /** A call of the same family, if there is one. */
  find(id: string): Call | undefined {
    const [first] = this.#calls.get(familyOf(id)) ?? []
    return first
  }

  add(id: string, call: Call): void {
    const family = this.#calls.get(familyOf(id))
    if (family) family.add(call)
    else this.#calls.set(familyOf(id), new Set([call]))
  }

  remove(id: string, call: Call): void {
    const family = this.#calls.get(familyOf(id))
    family?.delete(call)
    if (family?.size === 0) this.#calls.delete(familyOf(id))
  }
}

/** A name without a dot is a family of its own. */
function familyOf(id: string): string {
  const dot = id.lastIndexOf('.')
  return dot < 0 ? id : id.slice(0, dot)
}
