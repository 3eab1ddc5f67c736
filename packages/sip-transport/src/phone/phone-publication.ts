/** A state that a phone keeps published. RFC 3903 §4. */
import { statusPhrase } from '@strowger/sip-parser'
import {
  Publication,
  type PublicationOptions,
  type PublicationOutput,
  type PublicationTools,
  type StateBody,
} from '@strowger/sip-ua/events'
import type { CoreOutput } from '../endpoint.ts'
import { TransportError } from '../transport-error.ts'
import { type Ground, MachineDriver, type Sending } from './machine-driver.ts'

type Told = Exclude<PublicationOutput, Sending>

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** It is refreshed, and published anew when the server has forgotten it, by itself. RFC 3903 §4.1. */
export interface PhonePublication {
  /**
   * Resolves when the server has this state, or a newer one.
   * @throws {TransportError} `not-published`, with the `status` of the refusal, if there was one; it may be tried again by itself.
   */
  change(body: StateBody): Promise<void>
  /** Takes the state back, for good. */
  stop(): Promise<void>
  /** Nothing more is sent; the server forgets the state when its time is over. */
  close(): void
}

export class LivePublication implements PhonePublication {
  readonly #machine: Publication
  readonly #driver: MachineDriver<Told>
  readonly #waiting: Waiting[] = []
  readonly #over: () => void

  /** `over`: nothing will come for it any more. */
  constructor(ground: Ground, options: PublicationOptions, tools: PublicationTools, over: () => void) {
    this.#over = over
    const machine = new Publication(options, tools)
    this.#machine = machine
    this.#driver = new MachineDriver<Told>(ground, {
      machine,
      tell: output => this.#tell(output),
      answered: (now, _id, response) => (response === undefined ? machine.failed(now) : machine.receive(now, response)),
    })
  }

  change(body: StateBody): Promise<void> {
    return this.#until(now => this.#machine.publish(now, body))
  }

  async stop(): Promise<void> {
    if (this.#machine.state !== 'idle') await this.#until(now => this.#machine.stop(now))
    this.close()
  }

  /** For the phone: true when it is about this publication. */
  take(output: CoreOutput): boolean {
    return this.#driver.take(output)
  }

  close(): void {
    this.#driver.close()
    this.#settle(({ reject }) => reject(new TransportError('closed', 'the publication was closed')))
    this.#over()
  }

  #until(act: (now: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#driver.act(act)
    })
  }

  #tell(output: Told): void {
    if (output.kind === 'published' || output.kind === 'removed') return this.#settle(({ resolve }) => resolve())
    const { status } = output
    const why =
      status === undefined
        ? 'the server does not answer our PUBLISH'
        : `the server answered ${status} ${statusPhrase(status)} to our PUBLISH`
    this.#settle(({ reject }) => reject(new TransportError('not-published', why, status === undefined ? {} : { status })))
  }

  #settle(settle: (waiting: Waiting) => void): void {
    for (const waiting of this.#waiting.splice(0)) settle(waiting)
  }
}
