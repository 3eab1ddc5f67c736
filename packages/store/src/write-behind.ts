/**
 * Bindings on their way to the database. A REGISTER is answered from memory; its binding is on disk 50 ms later, so a proxy that is
 * killed loses the registrations of that moment at most, and their phones are back with the next refresh.
 */
import type { BindingChange, BindingTable } from './backend.ts'
import { type Binding, bindingKey } from './binding.ts'

export interface Bindings {
  /** All that have not expired at `now`; call it once, at the start. */
  load(now: number): Promise<readonly Binding[]>
  upsert(binding: Binding): void
  remove(aor: string, key: string): void
  /** Resolves when all that was asked for before is in the database; rejects when it refused, and then it is tried again. */
  flush(): Promise<void>
  /** Changes that are not yet in the database: one at most for each binding. */
  readonly pending: number
}

export interface WriteBehindOptions {
  /** 50 unless given. */
  readonly delayMs?: number
  /** Told when the database refuses; the changes stay and are tried again. */
  readonly onError?: (error: unknown) => void
}

export class WriteBehind implements Bindings {
  readonly #table: BindingTable
  readonly #options: WriteBehindOptions
  #waiting = new Map<string, BindingChange>()
  #writing = new Map<string, BindingChange>()
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined
  #failures = 0

  constructor(table: BindingTable, options: WriteBehindOptions = {}) {
    this.#table = table
    this.#options = options
  }

  load(now: number): Promise<readonly Binding[]> {
    return this.#table.load(now)
  }

  upsert(binding: Binding): void {
    this.#wait(`${binding.aor} ${bindingKey(binding)}`, { kind: 'upsert', binding })
  }

  remove(aor: string, key: string): void {
    this.#wait(`${aor} ${key}`, { kind: 'remove', aor, key })
  }

  get pending(): number {
    return this.#waiting.size + this.#writing.size
  }

  async flush(): Promise<void> {
    await this.#round?.catch(() => {})
    while (this.#round !== undefined || this.#waiting.size > 0) await (this.#round ?? this.#write())
  }

  #wait(name: string, change: BindingChange): void {
    this.#waiting.set(name, change)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#round !== undefined || this.#waiting.size === 0) return
    const delayMs = (this.#options.delayMs ?? 50) * 2 ** Math.min(this.#failures, 6)
    this.#timer = setTimeout(() => void this.#write().catch(error => this.#options.onError?.(error)), delayMs)
  }

  /** One round at a time; what failed goes back, unless something newer waits. */
  #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#waiting
    this.#waiting = new Map()
    this.#round = this.#table.apply([...this.#writing.values()]).then(
      () => this.#roundEnded(0),
      error => {
        this.#waiting = new Map([...this.#writing, ...this.#waiting])
        this.#roundEnded(this.#failures + 1)
        throw error
      },
    )
    return this.#round
  }

  #roundEnded(failures: number): void {
    this.#failures = failures
    this.#writing = new Map()
    this.#round = undefined
    this.#schedule()
  }
}
