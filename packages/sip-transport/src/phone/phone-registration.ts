/** Keeps a phone registered: the registration machine on the phone's sockets. RFC 3261 §10.2, RFC 5626 §4.5. */
import { Registration, type RegistrationOptions, type RegistrationOutput } from '@strowger/sip-ua'
import type { CoreOutput } from '../endpoint.ts'
import { TransportError } from '../transport-error.ts'
import { type Ground, MachineDriver, type Sending } from './machine-driver.ts'

type Told = Exclude<RegistrationOutput, Sending>

export class PhoneRegistration {
  readonly #machine: Registration
  readonly #driver: MachineDriver<Told>
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  constructor(ground: Ground, options: RegistrationOptions) {
    const machine = new Registration(options)
    this.#machine = machine
    this.#driver = new MachineDriver<Told>(ground, {
      machine,
      tell: output => this.#tell(output),
      answered: (now, _id, response) => (response === undefined ? machine.failed(now) : machine.receive(now, response)),
    })
  }

  /** Resolves when the registrar has said yes; it is refreshed from then on. @throws {TransportError} `not-registered`. */
  start(): Promise<void> {
    return this.#until(now => this.#machine.start(now))
  }

  /** Removes the binding. */
  async stop(): Promise<void> {
    if (this.#machine.state !== 'idle') await this.#until(now => this.#machine.stop(now))
  }

  /** True when it was the answer to a REGISTER of ours. */
  take(output: CoreOutput): boolean {
    return this.#driver.take(output)
  }

  close(): void {
    this.#driver.close()
    this.#waiting?.reject(new TransportError('closed', 'the phone was closed'))
  }

  #until(act: (now: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#driver.act(act)
    })
  }

  #tell(output: Told): void {
    if (output.kind !== 'failed') return this.#waiting?.resolve()
    const { status } = output
    const why = status === undefined ? 'the registrar does not answer' : `the registrar answered ${status}`
    this.#waiting?.reject(new TransportError('not-registered', why, status === undefined ? {} : { status }))
  }
}
