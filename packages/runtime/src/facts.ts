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

const FLUSH_MS = 50

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

/** `DATA/spool/ROLE-EPOCH.jsonl`. Never blocks: lines are gathered and written every 50 ms, or at once by `flush()`. */
export class FactSpool implements Facts {
  readonly role: string
  readonly epoch: number
  readonly file: string
  readonly #fd: number
  #seq = 0
  #lines: string[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #closed = false

  /** Opens a new file. @param data the `data` folder. @throws when the folder cannot be written. */
  static open(data: string, role: string, epoch: number = wall()): FactSpool {
    const folder = join(data, 'spool')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return new FactSpool(join(folder, `${role}-${epoch}.jsonl`), role, epoch)
  }

  private constructor(file: string, role: string, epoch: number) {
    this.role = role
    this.epoch = epoch
    this.file = file
    this.#fd = openSync(file, 'a', 0o600)
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
    this.#lines.push(`${JSON.stringify(full)}\n`)
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), FLUSH_MS)
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
      closeSync(this.#fd)
    }
  }

  /** On an error the lines stay and the next flush tries again. */
  async #writeAll(): Promise<void> {
    if (this.#lines.length === 0) return
    const count = this.#lines.length
    const bytes = Buffer.from(this.#lines.slice(0, count).join(''))
    for (let at = 0; at < bytes.length; ) at += await writeSome(this.#fd, bytes.subarray(at))
    this.#lines.splice(0, count)
  }
}

function writeSome(fd: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => write(fd, bytes, (error, written) => (error ? reject(error) : resolve(written))))
}
