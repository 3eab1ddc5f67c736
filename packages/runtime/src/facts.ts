/** A role's spool of facts: one JSON line each, appended before anything else happens to a call; one writer elsewhere folds them into CDRs. */
import { closeSync, mkdirSync, openSync, write } from 'node:fs'
import { join } from 'node:path'
import { monotonic, wall } from './clock.ts'

/** Who pays: row ids. The client is unknown for a DDI that is assigned to none. */
export interface Tenant {
  readonly brand: number
  readonly client?: number
}

/** What happened. `call` is the call's one id, empty in `boot` and where it is unknown. */
export type FactBody =
  | {
      readonly kind: 'attempt'
      readonly tenant?: Tenant
      readonly caller: string
      readonly callee: string
      readonly direction: Direction
      /** Row id of the user who calls, or who is called from outside. */
      readonly user?: number
    }
  | { readonly kind: 'ringing' }
  | { readonly kind: 'answer' }
  /** As the application server saw it; `status` is the final one the caller got, 200 after an answer. */
  | { readonly kind: 'end'; readonly by: 'caller' | 'callee' | 'platform'; readonly status: number; readonly cause?: string }
  /** By the edge: no application server took the call. */
  | { readonly kind: 'refused'; readonly status: number; readonly cause?: string }
  | {
      readonly kind: 'media'
      /** Another session of the relay for the same leg is added up, not compared. */
      readonly session?: string
      /** From the leg's party, since the session began. */
      readonly packets: number
      readonly bytes: number
      /** Absent where the engine does not count losses. */
      readonly lost?: number
      /** Of the worst of its streams; absent where the engine does not know. RFC 3550 §6.4.1, RFC 3611 §4.7.5. */
      readonly jitterMs?: number
      readonly roundTripMs?: number
      /** 1 to 4.5. */
      readonly mos?: number
      /** UTC ms; absent when none came. */
      readonly lastPacket?: number
    }
  | { readonly kind: 'identity'; readonly [detail: string]: unknown }
  /** Written by `run` when a role starts: calls of its earlier epochs are over. */
  | { readonly kind: 'boot' }

export type Direction = 'internal' | 'outbound' | 'inbound' | 'service'

export type FactInput = { readonly call: string; readonly leg?: string } & FactBody

/** A fact as written. `epoch` and `seq` name it: whoever reads it twice knows. */
export type Fact = FactInput & {
  /** Counts from 1 in each spool. */
  readonly seq: number
  /** UTC ms. */
  readonly wall: number
  /** ms of a clock that never jumps; compares within one epoch. */
  readonly mono: number
  readonly role: string
  /** UTC ms at which the spool was opened. */
  readonly epoch: number
}

/** Where a role's facts go: its spool, or, from a worker thread, the spool of its main thread. */
export interface Facts {
  readonly epoch: number
  /** The spool they come to. */
  readonly file: string
  append(fact: FactInput): void
  /** Resolves when all that was appended is kept. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** How much a spool may hold, and who hears when the disk takes nothing. */
export interface SpoolOptions {
  /** A file that has grown to so many bytes is followed by another one. Default 64 MiB. */
  readonly fileBytes?: number
  /** What may wait in memory while the disk takes nothing, bytes; facts beyond it are lost and counted. Default 32 MiB. */
  readonly waitingBytes?: number
  /** Told of the first failure in a row, and, without an error, of the success that ends it. */
  readonly onTrouble?: (error?: Error) => void
  /** In place of the disk, for tests; resolves to how many bytes it took. */
  readonly write?: (fd: number, bytes: Uint8Array) => Promise<number>
}

/**
 * `DATA/spool/ROLE-EPOCH.jsonl`, then `ROLE-EPOCH.1.jsonl` and so on: whoever folds them removes the full ones. Never blocks: lines are gathered and
 * written every 50 ms, or at once by `flush()`. While the disk takes nothing they wait, and it is tried again every second.
 */
export class FactSpool implements Facts {
  readonly role: string
  readonly epoch: number
  /** Facts that found no place to wait; their numbers are missing. */
  lost = 0
  readonly #base: string
  readonly #options: Required<Pick<SpoolOptions, 'fileBytes' | 'waitingBytes' | 'write'>> & SpoolOptions
  #part = 0
  #fd: number
  #fileBytes = 0
  #seq = 0
  #lines: string[] = []
  #waitingBytes = 0
  /** Of the lines at the front, what the disk has not taken yet. */
  #rest: { bytes: Uint8Array; readonly lines: number } | undefined
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #isTroubled = false
  #closed = false

  /** Opens a new file. @param data the `data` folder. @throws when the folder cannot be written. */
  static open(data: string, role: string, epoch: number = wall(), options: SpoolOptions = {}): FactSpool {
    const folder = join(data, 'spool')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return new FactSpool(join(folder, `${role}-${epoch}`), role, epoch, options)
  }

  private constructor(base: string, role: string, epoch: number, options: SpoolOptions) {
    this.role = role
    this.epoch = epoch
    this.#base = base
    this.#options = { fileBytes: FILE_BYTES, waitingBytes: WAITING_BYTES, write: writeSome, ...options }
    this.#fd = openSync(this.file, 'a', 0o600)
  }

  /** The file that is written now. */
  get file(): string {
    return this.#part === 0 ? `${this.#base}.jsonl` : `${this.#base}.${this.#part}.jsonl`
  }

  append(fact: FactInput): void {
    if (this.#closed) throw new TypeError('a closed spool takes no facts')
    const full: Fact = {
      ...fact,
      seq: ++this.#seq,
      wall: wall(),
      mono: Math.round(monotonic() * 1000) / 1000,
      role: this.role,
      epoch: this.epoch,
    }
    const line = `${JSON.stringify(full)}\n`
    if (this.#waitingBytes + line.length > this.#options.waitingBytes) {
      this.lost++
      return
    }
    this.#waitingBytes += line.length
    this.#lines.push(line)
    this.#flushIn(FLUSH_MS)
  }

  /** Lines that wait; grows while the disk does not take them. */
  get waiting(): number {
    return this.#lines.length
  }

  /** Resolves when all that was appended is in the file. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const next = this.#writing.catch(() => {}).then(() => this.#writeAll())
    this.#writing = next
    return next
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    try {
      await this.flush()
    } finally {
      clearTimeout(this.#timer)
      closeSync(this.#fd)
    }
  }

  #flushIn(ms: number): void {
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), ms)
  }

  /** On an error the lines stay, and what was written of them is not written again. */
  async #writeAll(): Promise<void> {
    try {
      const last = this.#lines.length
      for (let written = 0; written < last; ) written += await this.#writeBatch()
    } catch (error) {
      this.#tell(error as Error)
      if (!this.#closed) this.#flushIn(RETRY_MS)
      throw error
    }
    if (this.#isTroubled) this.#tell(undefined)
    if (this.#fileBytes >= this.#options.fileBytes && !this.#closed) this.#nextFile()
  }

  /** @returns how many lines are in the file now. */
  async #writeBatch(): Promise<number> {
    const lines = Math.min(this.#lines.length, BATCH_LINES)
    this.#rest ??= { bytes: Buffer.from(this.#lines.slice(0, lines).join('')), lines }
    const rest = this.#rest
    while (rest.bytes.length > 0) {
      const taken = await this.#options.write(this.#fd, rest.bytes)
      this.#fileBytes += taken
      rest.bytes = rest.bytes.subarray(taken)
    }
    this.#rest = undefined
    for (const line of this.#lines.splice(0, rest.lines)) this.#waitingBytes -= line.length
    return rest.lines
  }

  /** Where no file can be opened the present one goes on. */
  #nextFile(): void {
    const full = this.#fd
    this.#part++
    try {
      this.#fd = openSync(this.file, 'a', 0o600)
    } catch {
      this.#part--
      return
    }
    this.#fileBytes = 0
    closeSync(full)
  }

  #tell(error: Error | undefined): void {
    if (this.#isTroubled === (error !== undefined)) return
    this.#isTroubled = error !== undefined
    this.#options.onTrouble?.(error)
  }
}

function writeSome(fd: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => write(fd, bytes, (error, written) => (error ? reject(error) : resolve(written))))
}

const FLUSH_MS = 50
const RETRY_MS = 1000
const BATCH_LINES = 1000
const FILE_BYTES = 64 << 20
const WAITING_BYTES = 32 << 20
