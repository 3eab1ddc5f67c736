/** The controller's half of a protocol of cookies, without a socket or a clock: numbers commands, sends them again, matches replies, gives up. */
import { readDatagram, writeDatagram } from './datagram.ts'
import { DueQueue } from './due-queue.ts'

/** How often commands are sent again, and when they are given up. */
export interface CommandClientOptions {
  /** Begins every cookie; must differ between clients and restarts: 64 random bits, visible characters only. */
  readonly cookiePrefix: string
  /** Pauses before each repetition, in ms. Default 250, 500, 1000. */
  readonly retransmitMs?: readonly number[]
  /** Time from the first sending to giving up, in ms. Default 3000. */
  readonly giveUpMs?: number
  /** Commands that may wait at once. Default 10000. */
  readonly maxPending?: number
}

/** What the shell has to do. `id` is what `request` returned. */
export type CommandClientOutput<Reply> =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: Reply }
  | { readonly kind: 'refused'; readonly id: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly id: number; readonly code: 'timeout' | 'too-large' | 'busy' | 'closed' }

/** What was dropped, and how often commands were repeated. */
export interface CommandClientCounts {
  /** Requests that wait for their reply. */
  readonly pending: number
  /** Requests sent again since the start. */
  readonly retransmissions: number
  /** Datagrams that answer nothing we wait for: late or doubled replies, and strangers. */
  readonly unmatched: number
  /** Replies with our cookie that could not be read; the command keeps waiting. */
  readonly malformed: number
}

/** How a protocol writes its commands and reads their replies; the cookie is not its matter. */
export interface ClientCodec<Command, Reply> {
  readonly write: (command: Command) => Uint8Array
  /** `undefined` for what is no reply to `command`. Never throws. */
  readonly read: (
    body: Uint8Array,
    command: Command,
  ) => { readonly kind: 'reply'; readonly reply: Reply } | { readonly kind: 'refused'; readonly reason: string } | undefined
  /** Bytes of a datagram, the cookie's included. */
  readonly maxBytes: number
}

interface Pending<Command> {
  readonly id: number
  readonly command: Command
  readonly bytes: Uint8Array
  readonly giveUpAt: number
}

/**
 * Call `request`, `receive` and `wake` with the time in ms of one clock; then drain `outputs()` and sleep until `nextWake`.
 * Every request ends with exactly one `reply`, `refused` or `failed`. Nothing that arrives can make it throw.
 */
export class CommandClient<Command, Reply> {
  readonly #codec: ClientCodec<Command, Reply>
  readonly #options: Required<CommandClientOptions>
  readonly #pending: Map<string, Pending<Command>> = new Map()
  readonly #dues: DueQueue[]
  readonly #outputs: CommandClientOutput<Reply>[] = []
  #id = 0
  #counts = { retransmissions: 0, unmatched: 0, malformed: 0 }

  constructor(codec: ClientCodec<Command, Reply>, options: CommandClientOptions) {
    this.#codec = codec
    this.#options = { retransmitMs: [250, 500, 1000], giveUpMs: 3000, maxPending: 10_000, ...options }
    this.#dues = [...this.#options.retransmitMs, 0].map(() => new DueQueue())
  }

  /** Sends a command and returns its number. */
  request(command: Command, now: number): number {
    const body = this.#codec.write(command)
    const id = ++this.#id
    const cookie = `${this.#options.cookiePrefix}_${id.toString(36)}`
    const bytes = writeDatagram(cookie, body)
    if (bytes.length > this.#codec.maxBytes) this.#outputs.push({ kind: 'failed', id, code: 'too-large' })
    else if (this.#pending.size >= this.#options.maxPending) this.#outputs.push({ kind: 'failed', id, code: 'busy' })
    else {
      const giveUpAt = now + this.#options.giveUpMs
      this.#pending.set(cookie, { id, command, bytes, giveUpAt })
      this.#outputs.push({ kind: 'send', bytes })
      this.#schedule(0, cookie, giveUpAt, now)
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
    const outcome = this.#codec.read(datagram.body, pending.command)
    if (!outcome) {
      this.#counts.malformed++
      return
    }
    this.#pending.delete(datagram.cookie)
    this.#outputs.push({ ...outcome, id: pending.id })
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
  outputs(): CommandClientOutput<Reply>[] {
    return this.#outputs.splice(0)
  }

  /** For gauges. */
  counts(): CommandClientCounts {
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
    this.#schedule(step + 1, cookie, pending.giveUpAt, now)
  }

  #schedule(step: number, cookie: string, giveUpAt: number, now: number): void {
    const pause = this.#options.retransmitMs[step]
    const repeats = pause !== undefined && now + pause < giveUpAt
    const queue = this.#dues[repeats ? step : this.#dues.length - 1]!
    queue.add({ cookie, at: repeats ? now + pause : giveUpAt })
  }
}
