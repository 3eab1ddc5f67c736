/** `location` in memory. */
import type { BindingChange, BindingTable } from '../backend.ts'
import { type Binding, bindingKey } from '../binding.ts'

export class MemoryBindings implements BindingTable {
  readonly #rows = new Map<string, Binding>()

  async load(now: number): Promise<Binding[]> {
    for (const [name, binding] of this.#rows) if (binding.expiresAt <= now) this.#rows.delete(name)
    return [...this.#rows.values()]
  }

  async apply(changes: readonly BindingChange[]): Promise<void> {
    for (const change of changes) {
      if (change.kind === 'remove') this.#rows.delete(`${change.aor} ${change.key}`)
      else this.#rows.set(`${change.binding.aor} ${bindingKey(change.binding)}`, change.binding)
    }
  }
}
