/** The controller's half of NG, without a socket or a clock. */
import {
  type ClientCodec,
  CommandClient,
  type CommandClientCounts,
  type CommandClientOptions,
  type CommandClientOutput,
} from '../cookie/command-client.ts'
import { MAX_DATAGRAM } from '../cookie/datagram.ts'
import { type NgFormat, readBody, writeBody } from './body.ts'
import type { NgCommand } from './command.ts'
import { type NgReply, refusalOf } from './reply.ts'

/** What a client needs to know. */
export interface NgClientOptions extends CommandClientOptions {
  /** Default `bencode`. */
  readonly format?: NgFormat
}

/** What the shell has to do. `id` is what `request` returned. */
export type NgClientOutput = CommandClientOutput<NgReply>

/** What was dropped, and how often commands were repeated. */
export type NgClientCounts = CommandClientCounts

/**
 * Call `request`, `receive` and `wake` with the time in ms of one clock; then drain `outputs()` and sleep until `nextWake`.
 * Every request ends with exactly one `reply`, `refused` or `failed`. Nothing that arrives can make it throw.
 */
export class NgClient {
  readonly #core: CommandClient<NgCommand, NgReply>

  constructor(options: NgClientOptions) {
    this.#core = ngClientCore(options)
  }

  /** Sends a command and returns its number. */
  request(command: NgCommand, now: number): number {
    return this.#core.request(command, now)
  }

  /** Takes a datagram from the relay. */
  receive(bytes: Uint8Array): void {
    this.#core.receive(bytes)
  }

  /** Repeats and gives up what is due at `now`. */
  wake(now: number): void {
    this.#core.wake(now)
  }

  /** When `wake` is to be called; `undefined` while nothing waits. */
  get nextWake(): number | undefined {
    return this.#core.nextWake
  }

  /** Fails all that waits. */
  close(): void {
    this.#core.close()
  }

  /** Hands over what is to be done, and forgets it. */
  outputs(): NgClientOutput[] {
    return this.#core.outputs()
  }

  /** For gauges. */
  counts(): NgClientCounts {
    return this.#core.counts()
  }
}

/** @internal What `NgClient` is made of. */
export function ngClientCore({ format = 'bencode', ...rest }: NgClientOptions): CommandClient<NgCommand, NgReply> {
  return new CommandClient(codecOf(format), rest)
}

function codecOf(format: NgFormat): ClientCodec<NgCommand, NgReply> {
  return {
    write: command => writeBody(command, format),
    read: bytes => {
      const body = readBody(bytes)
      if (body.kind === 'malformed') return undefined
      const reason = refusalOf(body.value)
      return reason === undefined ? { kind: 'reply', reply: body.value as NgReply } : { kind: 'refused', reason }
    },
    maxBytes: MAX_DATAGRAM,
  }
}
