/** Keeps a phone registered: the registration machine on the phone's sockets. RFC 3261 §10.2, RFC 5626 §4.5. */
import { Contact, Expires, formatUri, parseUri, parseValue, type SipResponse, statusPhrase } from '@strowger/sip-parser'
import { Registration, type RegistrationGrant, type RegistrationOptions, type RegistrationOutput } from '@strowger/sip-ua'
import type { CoreOutput } from '../endpoint.ts'
import type { Queue } from '../queue.ts'
import { TransportError } from '../transport-error.ts'
import type { KeepAlive } from './keep-alive.ts'
import { type Ground, MachineDriver, type Sending } from './machine-driver.ts'

type Told = Exclude<RegistrationOutput, Sending>

/** What a registrar grants: for how long, and which other phones it knows. RFC 3261 §10.2.4. */
export interface GrantedRegistration extends RegistrationGrant {
  /** Every binding of our address, ours among them, as the 2xx lists them. */
  readonly contacts: readonly { readonly uri: string; readonly expiresSeconds?: number }[]
}

/** What becomes of a registration, told by {@link Phone.registration}. RFC 3261 §10.2.4, RFC 5626 §4.5. */
export type RegistrationNews =
  /** The first time, at each refresh, and when a try after a failure works. */
  | ({ readonly kind: 'registered' } & GrantedRegistration)
  /** The registrar refused (`status`), or does not answer. It is tried again after `retryInMs`, until `unregister`. */
  | { readonly kind: 'failed'; readonly status?: number; readonly retryInMs: number }
  /** The same, for a refresh: from when the binding runs out nobody reaches us, unless a try works before. */
  | { readonly kind: 'lost'; readonly status?: number; readonly retryInMs: number }
  /** The binding was removed, or the tries have stopped: `unregister` was called. */
  | { readonly kind: 'unregistered' }

interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

export class PhoneRegistration {
  readonly #options: RegistrationOptions
  readonly #machine: Registration
  readonly #driver: MachineDriver<Told>
  readonly #news: Queue<RegistrationNews>
  readonly #keepAlive: KeepAlive
  #starting: Waiting<GrantedRegistration>[] = []
  #stopping: Waiting<void>[] = []
  #response: SipResponse | undefined
  #stands = false
  /** Routes of requests outside of dialogs and of REGISTERs, first to be visited first; none while no binding stands. RFC 3608 §6.1. */
  serviceRoute: readonly string[] = []

  constructor(ground: Ground, options: RegistrationOptions, news: Queue<RegistrationNews>, keepAlive: KeepAlive) {
    const machine = new Registration(options)
    this.#options = options
    this.#machine = machine
    this.#news = news
    this.#keepAlive = keepAlive
    this.#driver = new MachineDriver<Told>(ground, {
      machine,
      tell: output => this.#tell(output),
      answered: (now, _id, response) => {
        this.#response = response
        if (response === undefined) machine.failed(now)
        else machine.receive(now, response)
      },
    })
  }

  /** Resolves when the registrar has said yes; it is refreshed from then on. @throws {TransportError} `not-registered`. */
  async start(): Promise<GrantedRegistration> {
    // What is being removed is removed first.
    if (this.#machine.state === 'unregistering') await this.stop()
    return new Promise((resolve, reject) => {
      this.#starting.push({ resolve, reject })
      for (const { resolve: overtaken } of this.#stopping.splice(0)) overtaken()
      this.#driver.act(now => this.#machine.start(now))
    })
  }

  /** Removes the binding, and stops trying for one. */
  stop(): Promise<void> {
    if (this.#machine.state === 'idle') return Promise.resolve()
    this.#refuse('the phone was unregistered before the registrar had answered')
    return new Promise((resolve, reject) => {
      this.#stopping.push({ resolve, reject })
      this.#driver.act(now => this.#machine.stop(now))
    })
  }

  /** True when it was the answer to a REGISTER of ours. */
  take(output: CoreOutput): boolean {
    return this.#driver.take(output)
  }

  /** The flow of our binding is gone: another is opened, after a while, by registering once more. RFC 5626 §4.4, §4.5. */
  flowLost(): void {
    this.#driver.act(now => this.#machine.flowLost(now))
  }

  close(): void {
    this.#driver.close()
    this.#keepAlive.stop()
    const closed = new TransportError('closed', 'the phone was closed')
    for (const { reject } of [...this.#starting.splice(0), ...this.#stopping.splice(0)]) reject(closed)
  }

  #tell(output: Told): void {
    if (output.kind === 'registered') this.#registered({ ...output, contacts: contactsIn(this.#response) })
    else if (output.kind === 'failed') this.#failed(output)
    else {
      this.#stands = false
      this.serviceRoute = []
      this.#keepAlive.stop()
      this.#news.push(output)
      for (const { resolve } of this.#stopping.splice(0)) resolve()
    }
  }

  #registered(news: RegistrationNews & { readonly kind: 'registered' }): void {
    const { kind: _, ...granted } = news
    this.#stands = true
    this.serviceRoute = granted.serviceRoute.filter(route => parseUri(route) !== undefined)
    this.#keepAlive.start(granted)
    this.#news.push(news)
    for (const { resolve } of this.#starting.splice(0)) resolve(granted)
  }

  #failed(output: Extract<Told, { readonly kind: 'failed' }>): void {
    this.#keepAlive.stop()
    this.#news.push({ ...output, kind: this.#stands ? 'lost' : 'failed' })
    this.#stands = false
    this.#refuse(this.#wordsFor(output.status), output.status)
  }

  #wordsFor(status: number | undefined): string {
    const { registrar, aor } = this.#options
    const wish = `the REGISTER of ${aor}`
    if (status === undefined) return `${registrar} does not answer ${wish}`
    if (status < 300) return `${registrar} answered ${status} to ${wish}, but did not take our Contact`
    return `${registrar} answered ${status} ${this.#response?.reason || statusPhrase(status)} to ${wish}`
  }

  #refuse(why: string, status?: number): void {
    const error = new TransportError('not-registered', why, status === undefined ? {} : { status })
    for (const { reject } of this.#starting.splice(0)) reject(error)
  }
}

/** `*` is not for responses. */
function contactsIn(response: SipResponse | undefined): GrantedRegistration['contacts'] {
  return (response?.headers.all(Contact) ?? []).flatMap(contact => {
    if (contact === '*') return []
    const expiresSeconds = parseValue(Expires, contact.params.get('expires'))
    return { uri: formatUri(contact.uri), ...(expiresSeconds !== undefined && { expiresSeconds }) }
  })
}
