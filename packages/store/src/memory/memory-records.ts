/** Records and the ledger of their writer, in memory. */
import { type BootFact, type Cdr, type Fact, factKey } from '@strowger/domain'
import type { CdrFilter, CdrTable, Ledger, LedgerState, LedgerStep } from '../backend.ts'

export class MemoryRecords implements CdrTable, Ledger {
  readonly #cdrs = new Map<string, { readonly cdr: Cdr; readonly writtenMs: number }>()
  readonly #facts = new Map<string, Map<string, Fact>>()
  readonly #boots = new Map<string, BootFact>()
  readonly #offsets = new Map<string, number>()

  async get(call: string): Promise<Cdr | undefined> {
    return this.#cdrs.get(call)?.cdr
  }

  async list({ brandId, clientId, since = -Infinity, before = Infinity, limit = 100 }: CdrFilter = {}): Promise<Cdr[]> {
    const inScope = (cdr: Cdr): boolean =>
      (brandId === undefined || cdr.brandId === brandId) && (clientId === undefined || cdr.clientId === clientId)
    return [...this.#cdrs.values()]
      .map(({ cdr }) => cdr)
      .filter(cdr => inScope(cdr) && cdr.startMs >= since && cdr.startMs < before)
      .sort((a, b) => b.startMs - a.startMs || (a.call < b.call ? 1 : -1))
      .slice(0, limit)
  }

  async load(): Promise<LedgerState> {
    const open = [...this.#facts].filter(([call]) => !this.#cdrs.has(call))
    return {
      offsets: new Map(this.#offsets),
      boots: [...this.#boots.values()],
      open: open.flatMap(([, facts]) => [...facts.values()]),
    }
  }

  async factsOf(calls: readonly string[]): Promise<Fact[]> {
    return calls.flatMap(call => [...(this.#facts.get(call)?.values() ?? [])])
  }

  async recorded(calls: readonly string[]): Promise<Set<string>> {
    return new Set(calls.filter(call => this.#cdrs.has(call)))
  }

  async commit({ offsets, facts, cdrs, writtenMs }: LedgerStep): Promise<void> {
    for (const fact of facts) this.#add(fact)
    for (const cdr of cdrs) this.#cdrs.set(cdr.call, { cdr, writtenMs })
    for (const [file, bytes] of offsets) this.#offsets.set(file, bytes)
  }

  async forgetRecorded(writtenMs: number): Promise<void> {
    for (const [call, record] of this.#cdrs) if (record.writtenMs < writtenMs) this.#facts.delete(call)
  }

  async forgetCalls(calls: readonly string[]): Promise<void> {
    for (const call of calls) this.#facts.delete(call)
  }

  async forgetFile(file: string): Promise<void> {
    this.#offsets.delete(file)
  }

  #add(fact: Fact): void {
    if (fact.kind === 'boot') {
      const known = this.#boots.get(fact.role)
      if (!known || known.epoch < fact.epoch) this.#boots.set(fact.role, fact)
      return
    }
    const facts = this.#facts.get(fact.call) ?? new Map<string, Fact>()
    this.#facts.set(fact.call, facts.set(factKey(fact), fact))
  }
}
