/** The controller's half of NG, without a socket or a clock: numbers commands, sends them again, matches replies, gives up. */
import type { BDict } from '../bencode.ts'
import type { NgFormat } from './body.ts'
import { readBody, writeBody } from './body.ts'
import type { NgCommand } from './command.ts'
import { readDatagram, writeDatagram } from './datagram.ts'
import { type NgReply, refusalOf } from './reply.ts'

/** What a client needs to know. */
export interface NgClientOptions {
  /** Begins every cookie; must differ between clients and restarts: 64 random bits, visible characters only. */
  readonly cookiePrefix: string
  /** Pauses before each repetition, in ms. Default 250, 500, 1000. */
  readonly retransmitMs?: readonly number[]
  /** Time from the first sending to giving up, in ms. Default 3000. */
  readonly giveUpMs?: number
  /** Commands that may wait at once. Default 10000. */
  readonly maxPending?: number
  /** Default `bencode`. */
  readonly format?: NgFormat
}

/** What the shell has to do. `id` is what `request` returned. */
export type NgClientOutput =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: NgReply }
  | { readonly kind: 'refused'; readonly id: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly id: number; readonly code: 'timeout' | 'too-large' | 'busy' | 'closed' }

/** What was dropped, and how often commands were repeated. */
export interface NgClientCounts {
  /** Requests that wait for their reply. */
  readonly pending: number
  /** Requests sent again since the start. */
  readonly retransmissions: number
  /** Datagrams that answer nothing we wait for: late or doubled replies, and strangers. */
  readonly unmatched: number
  /** Replies with our cookie that could not be read; the command keeps waiting. */
  readonly malformed: number
}

interface Pending {
  readonly id: number
  readonly bytes: Uint8Array
  readonly giveUpAt: number
}

/** A due time of one command. Each queue has one pause, so it is in order of time by itself. */
interface Due {
  readonly cookie: string
  readonly at: number
}

/**
 * Call `request`, `receive` and `wake` with the time in ms of one clock; then drain `outputs()` and sleep until `nextWake`.
 * Every request ends with exactly one `reply`, `refused` or `failed`. Nothing that arrives can make it throw.
 */
export class NgClient {
  readonly #options: Required<NgClientOptions>
  readonly #pending: Map<string, Pending> = new Map()
  readonly #dues: DueQueue[]
  readonly #outputs: NgClientOutput[] = []
  #id = 0
  #counts = { retransmissions: 0, unmatched: 0, malformed: 0 }

  constructor(options: NgClientOptions) {
    this.#options = { retransmitMs: [250, 500, 1000], giveUpMs: 3000, maxPending: 10_000, format: 'bencode', ...options }
    this.#dues = [...this.#options.retransmitMs, 0].map(() => new DueQueue())
  }

  /** Sends a command and returns its number. */
  request(command: NgCommand, now: number): number {
    const id = ++this.#id
    const cookie = `${this.#options.cookiePrefix}_${id.toString(36)}`
    const bytes = writeDatagram(cookie, writeBody(command, this.#options.format))
    if (bytes.length > MAX_DATAGRAM) this.#outputs.push({ kind: 'failed', id, code: 'too-large' })
    else if (this.#pending.size >= this.#options.maxPending) this.#outputs.push({ kind: 'failed', id, code: 'busy' })
    else {
      const pending = { id, bytes, giveUpAt: now + this.#options.giveUpMs }
      this.#pending.set(cookie, pending)
      this.#outputs.push({ kind: 'send', bytes })
      this.#schedule(0, cookie, pending, now)
    }
    return id
  }

  /** Takes a datagram from the relay. */
  receive(bytes: Uint8Array): void {
    const datagram = readDatagram(bytes)
    const pending = datagram && this.#pending.get(datagram.cookie)
    if (!datagram || !pending) {
      this.#counts.unmatched++
      return
    }
    const body = readBody(datagram.body)
    if (body.kind === 'malformed') {
      this.#counts.malformed++
      return
    }
    this.#pending.delete(datagram.cookie)
    this.#outputs.push(outcome(pending.id, body.value))
  }

  /** Repeats and gives up what is due at `now`. */
  wake(now: number): void {
    for (const [step, queue] of this.#dues.entries()) {
      for (const cookie of queue.take(now, one => this.#pending.has(one))) this.#due(step, cookie, now)
    }
  }

  /** When `wake` is to be called; `undefined` while nothing waits. */
  get nextWake(): number | undefined {
    let next: number | undefined
    for (const queue of this.#dues) {
      const at = queue.next(one => this.#pending.has(one))
      if (at !== undefined && (next === undefined || at < next)) next = at
    }
    return next
  }

  /** Fails all that waits. */
  close(): void {
    for (const { id } of this.#pending.values()) this.#outputs.push({ kind: 'failed', id, code: 'closed' })
    this.#pending.clear()
  }

  /** Hands over what is to be done, and forgets it. */
  outputs(): NgClientOutput[] {
    return this.#outputs.splice(0)
  }

  /** For gauges. */
  counts(): NgClientCounts {
    return { pending: this.#pending.size, ...this.#counts }
  }

  #due(step: number, cookie: string, now: number): void {
    const pending = this.#pending.get(cookie)
    if (!pending) return
    if (now >= pending.giveUpAt) {
      this.#pending.delete(cookie)
      this.#outputs.push({ kind: 'failed', id: pending.id, code: 'timeout' })
      return
    }
    this.#counts.retransmissions++
    this.#outputs.push({ kind: 'send', bytes: pending.bytes })
    this.#schedule(step + 1, cookie, pending, now)
  }

  #schedule(step: number, cookie: string, pending: Pending, now: number): void {
    const pause = this.#options.retransmitMs[step]
    const repeats = pause !== undefined && now + pause < pending.giveUpAt
    const queue = this.#dues[repeats ? step : this.#dues.length - 1]!
    queue.add({ cookie, at: repeats ? now + pause : pending.giveUpAt })
  }
}

/** Due times in the order they were added; those of answered commands are dropped when they come to the front. */
class DueQueue {
  #dues: Due[] = []
  #front = 0

  add(due: Due): void {
    this.#dues.push(due)
  }

  next(waits: (cookie: string) => boolean): number | undefined {
    for (; this.#front < this.#dues.length; this.#front++) {
      const due = this.#dues[this.#front]!
      if (waits(due.cookie)) return due.at
    }
    this.#dues = []
    this.#front = 0
    return undefined
  }

  take(now: number, waits: (cookie: string) => boolean): string[] {
    const taken: string[] = []
    for (let at = this.next(waits); at !== undefined && at <= now; at = this.next(waits)) taken.push(this.#dues[this.#front++]!.cookie)
    if (this.#front > MAX_SPENT) {
      this.#dues = this.#dues.slice(this.#front)
      this.#front = 0
    }
    return taken
  }
}

function outcome(id: number, reply: BDict): NgClientOutput {
  const reason = refusalOf(reply)
  return reason === undefined ? { kind: 'reply', id, reply: reply as NgReply } : { kind: 'refused', id, reason }
}

/** The largest payload of UDP over IPv4. */
const MAX_DATAGRAM = 65_507
const MAX_SPENT = 1024
