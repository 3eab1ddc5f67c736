/** All bindings of this edge in memory; every worker reads the same table, the store follows behind. RFC 3261 §10.3. */
import type { Binding } from './binding.ts'

export class Bindings {
  readonly #byAor = new Map<string, readonly Binding[]>()
  #count = 0

  /** Contacts registered, those that ran out since the last sweep included. */
  get count(): number {
    return this.#count
  }

  /** Those that ran out since the last sweep included. */
  all(aor: string): readonly Binding[] {
    return this.#byAor.get(aor) ?? NONE
  }

  /** Those alive at `wall`. */
  of(aor: string, wall: number): readonly Binding[] {
    return this.all(aor).filter(b => b.expiresAt > wall)
  }

  set(aor: string, bindings: readonly Binding[]): void {
    this.#count += bindings.length - (this.#byAor.get(aor)?.length ?? 0)
    if (bindings.length === 0) this.#byAor.delete(aor)
    else this.#byAor.set(aor, bindings)
  }

  /** Forgets what ran out. Returns it, so that the store can forget it too. */
  sweep(wall: number): readonly Binding[] {
    const gone: Binding[] = []
    for (const [aor, bindings] of this.#byAor) {
      const dead = bindings.filter(b => b.expiresAt <= wall)
      if (dead.length === 0) continue
      gone.push(...dead)
      this.set(
        aor,
        bindings.filter(b => b.expiresAt > wall),
      )
    }
    return gone
  }
}

const NONE: readonly Binding[] = []
