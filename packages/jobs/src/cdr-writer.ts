/**
 * Folds the facts of all roles into records: exactly one for each call, however often this process dies on the way. One step reads
 * what is new, and commits facts, records and file offsets in one transaction; what was not committed is read again.
 */
import { type BootFact, type Cdr, type Fact, factKey, foldCdr, INTERRUPTED, readFact } from '@strowger/domain'
import type { Ledger } from '@strowger/store'
import type { SpoolFolder, SpoolPiece } from './spool-folder.ts'

export interface CdrWriterOptions {
  /**
   * How long after it looks interrupted a call's record is written: its last facts may still be on their way. 2000 unless given, ms.
   */
  readonly settleMs?: number
  /** How long facts of recorded calls, and finished spool files, are kept for what comes late. An hour unless given, ms. */
  readonly keptMs?: number
  /** Told of each record once it is in the store, again when a late fact changed it. */
  readonly onRecord?: (cdr: Cdr) => void
}

/** Since this process started. */
export interface CdrCounts {
  /** Calls that have a record now and had none before. */
  written: number
  /** Records that a late fact changed. */
  rewritten: number
  /** Lines that are no fact. */
  malformed: number
  /** Facts of calls whose other facts are forgotten. */
  late: number
}

interface OpenCall {
  readonly facts: Map<string, Fact>
  /** It has a record, which this changes. */
  readonly recorded: boolean
  /** Since when it looks interrupted, epoch ms. */
  interruptedMs?: number
}

export class CdrWriter {
  readonly counts: CdrCounts = { written: 0, rewritten: 0, malformed: 0, late: 0 }
  readonly #ledger: Ledger
  readonly #spool: SpoolFolder
  readonly #settleMs: number
  readonly #keptMs: number
  readonly #onRecord: ((cdr: Cdr) => void) | undefined
  readonly #open = new Map<string, OpenCall>()
  readonly #boots = new Map<string, BootFact>()
  readonly #offsets = new Map<string, number>()
  /** Calls to look at without a new fact: those that looked interrupted, or all after a boot. */
  readonly #suspects = new Set<string>()

  private constructor(ledger: Ledger, spool: SpoolFolder, options: CdrWriterOptions) {
    this.#ledger = ledger
    this.#spool = spool
    this.#settleMs = options.settleMs ?? 2000
    this.#keptMs = options.keptMs ?? 3_600_000
    this.#onRecord = options.onRecord
  }

  /** Goes on where the last writer stopped. */
  static async open(ledger: Ledger, spool: SpoolFolder, options: CdrWriterOptions = {}): Promise<CdrWriter> {
    const writer = new CdrWriter(ledger, spool, options)
    const { offsets, boots, open } = await ledger.load()
    for (const [file, bytes] of offsets) writer.#offsets.set(file, bytes)
    for (const boot of boots) writer.#boots.set(boot.role, boot)
    for (const fact of open) writer.#tell(fact, false)
    for (const call of writer.#open.keys()) writer.#suspects.add(call)
    return writer
  }

  /** Calls without an end. */
  get openCalls(): number {
    return this.#open.size
  }

  /** One step; `now` is epoch ms, `settleMs` that of the options. Resolves to whether anything was read: then there may be more. Rejects when nothing was committed. */
  async step(now: number, settleMs: number = this.#settleMs): Promise<boolean> {
    const pieces = await this.#spool.read(this.#offsets)
    const { facts, malformed } = parse(pieces)
    const { kept, touched } = await this.#take(facts)
    const cdrs = this.#fold([...touched, ...this.#suspects], now, settleMs)
    if (pieces.length > 0 || cdrs.length > 0) {
      const offsets = new Map(pieces.map(piece => [piece.file, piece.end]))
      await this.#ledger.commit({ offsets, facts: kept, cdrs, writtenMs: now })
      for (const [file, bytes] of offsets) this.#offsets.set(file, bytes)
    }
    this.#committed(cdrs)
    this.counts.malformed += malformed
    this.counts.late += facts.length - kept.length
    return pieces.length > 0
  }

  /** Folds all there is, and writes what looks interrupted without waiting for more. */
  async finish(now: number): Promise<void> {
    while (await this.step(now, 0)) {}
  }

  /** Forgets what nobody will ask for: facts long recorded, finished files, calls of which nothing but media is known. */
  async sweep(now: number): Promise<void> {
    const before = now - this.#keptMs
    await this.#ledger.forgetRecorded(before)
    const orphans = [...this.#open].filter(([, call]) => isOrphan(call, before)).map(([id]) => id)
    await this.#ledger.forgetCalls(orphans)
    for (const id of orphans) this.#open.delete(id)
    await this.#sweepFiles(before)
  }

  /** Puts facts where they belong; resolves to those to be stored and the calls they speak of. */
  async #take(facts: readonly Fact[]): Promise<{ kept: Fact[]; touched: Set<string> }> {
    const touched = new Set<string>()
    const late = await this.#recall(facts)
    const kept = facts.filter(fact => fact.kind === 'boot' || !late.has(fact.call))
    for (const fact of kept) {
      if (fact.kind === 'boot') this.#booted(fact)
      else {
        this.#tell(fact, false)
        touched.add(fact.call)
      }
    }
    return { kept, touched }
  }

  /** Brings back the stored facts of calls that are not in memory. Resolves to those whose record is all that is left. */
  async #recall(facts: readonly Fact[]): Promise<Set<string>> {
    const calls = new Set(facts.filter(fact => fact.kind !== 'boot' && !this.#open.has(fact.call)).map(fact => fact.call))
    if (calls.size === 0) return calls
    const recorded = await this.#ledger.recorded([...calls])
    if (recorded.size === 0) return new Set()
    const late = new Set(recorded)
    for (const fact of await this.#ledger.factsOf([...recorded])) {
      late.delete(fact.call)
      this.#tell(fact, true)
    }
    return late
  }

  #tell(fact: Fact, recorded: boolean): void {
    const known = this.#open.get(fact.call)
    if (known) known.facts.set(factKey(fact), fact)
    else this.#open.set(fact.call, { facts: new Map([[factKey(fact), fact]]), recorded })
  }

  #booted(boot: BootFact): void {
    const known = this.#boots.get(boot.role)
    if (known && known.epoch >= boot.epoch) return
    this.#boots.set(boot.role, boot)
    for (const call of this.#open.keys()) this.#suspects.add(call)
  }

  /** Records of those of these calls that are over. */
  #fold(calls: Iterable<string>, now: number, settleMs: number): Cdr[] {
    const cdrs = new Map<string, Cdr>()
    for (const id of calls) {
      const call = this.#open.get(id)
      const cdr = call && foldCdr([...call.facts.values(), ...this.#boots.values()])
      if (call !== undefined && cdr !== undefined && this.#isSettled(call, cdr, now, settleMs)) cdrs.set(id, cdr)
      else if (cdr === undefined) this.#suspects.delete(id)
    }
    return [...cdrs.values()]
  }

  #isSettled(call: OpenCall, cdr: Cdr, now: number, settleMs: number): boolean {
    if (cdr.cause !== INTERRUPTED) return true
    call.interruptedMs ??= now
    this.#suspects.add(cdr.call)
    return now - call.interruptedMs >= settleMs
  }

  #committed(cdrs: readonly Cdr[]): void {
    for (const { call } of cdrs) {
      this.counts[this.#open.get(call)!.recorded ? 'rewritten' : 'written'] += 1
      this.#open.delete(call)
      this.#suspects.delete(call)
    }
    for (const cdr of cdrs) this.#onRecord?.(cdr)
  }

  /** A file is finished when another one has followed it, or its role has started again, and all its whole lines are folded; half a line will stay half. */
  async #sweepFiles(before: number): Promise<void> {
    const files = await this.#spool.files()
    const unread = await this.#spool.unread(this.#offsets)
    const latest = new Map(files.map(file => [file.role, file]))
    for (const { file, role, epoch, part } of files) {
      const last = latest.get(role)!
      const over = epoch < Math.max(last.epoch, this.#boots.get(role)?.epoch ?? 0) || (epoch === last.epoch && part < last.part)
      if (!over || unread.has(file) || ((await this.#spool.lastAppended(file)) ?? 0) >= before) continue
      await this.#spool.remove(file)
    }
    const names = new Set((await this.#spool.files()).map(({ file }) => file))
    for (const file of [...this.#offsets.keys()].filter(file => !names.has(file))) {
      await this.#ledger.forgetFile(file)
      this.#offsets.delete(file)
    }
  }
}

function parse(pieces: readonly SpoolPiece[]): { facts: Fact[]; malformed: number } {
  const lines = pieces.flatMap(piece => piece.lines)
  const facts = lines.map(readFact).filter(fact => fact !== undefined)
  return { facts, malformed: lines.length - facts.length }
}

/** Media alone makes no call; identities neither. */
function isOrphan(call: OpenCall, before: number): boolean {
  const facts = [...call.facts.values()]
  return facts.every(fact => (fact.kind === 'media' || fact.kind === 'identity') && fact.wall < before)
}
