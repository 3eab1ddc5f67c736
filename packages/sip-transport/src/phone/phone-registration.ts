/** Keeps a phone registered: the registration machine on the phone's sockets. RFC 3261 §10.2, RFC 5626 §4.5. */
import type { Uri } from '@strowger/sip-parser'
import type { ClientTransaction, Hop } from '@strowger/sip-transaction'
import { Registration, type RegistrationOptions } from '@strowger/sip-ua'
import type { CoreOutput, SipEndpoint } from '../endpoint.ts'
import { TransportError } from '../transport-error.ts'
import { WakeTimer } from '../wake-timer.ts'

export class PhoneRegistration {
  readonly #endpoint: SipEndpoint
  readonly #hop: (uri: Uri) => Hop
  readonly #machine: Registration
  readonly #timer: WakeTimer
  #sent: ClientTransaction | undefined
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  constructor(endpoint: SipEndpoint, hop: (uri: Uri) => Hop, options: RegistrationOptions) {
    this.#endpoint = endpoint
    this.#hop = hop
    this.#machine = new Registration(options)
    this.#timer = new WakeTimer(
      () => endpoint.now(),
      () => this.#act(now => this.#machine.wake(now)),
    )
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
    if (!('transaction' in output) || output.transaction.id !== this.#sent?.id || output.transaction.side !== 'client') return false
    if (output.kind === 'response') this.#act(now => this.#machine.receive(now, output.response))
    else if (output.kind === 'failed') this.#act(now => this.#machine.failed(now))
    return true
  }

  close(): void {
    this.#timer.stop()
    this.#waiting?.reject(new TransportError('closed', 'the phone was closed'))
  }

  #until(act: (now: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#act(act)
    })
  }

  #act(act: (now: number) => void): void {
    act(this.#endpoint.now())
    for (let output = this.#machine.poll(); output !== undefined; output = this.#machine.poll()) {
      if (output.kind === 'send') this.#sent = this.#endpoint.layer.send(this.#endpoint.now(), output.request, this.#hop(output.hop))
      else if (output.kind === 'failed') this.#refused(output.status)
      else this.#waiting?.resolve()
    }
    this.#timer.set(this.#machine.nextWake)
    this.#endpoint.drain()
  }

  #refused(status: number | undefined): void {
    const why = status === undefined ? 'the registrar does not answer' : `the registrar answered ${status}`
    this.#waiting?.reject(new TransportError('not-registered', why))
  }
}
