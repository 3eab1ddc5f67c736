/** A phone in a few lines: registers, calls and is called, over real sockets. RFC 3261 §8, §10, §13. */
import { formatUri, parseUri, type SipResponse, type Uri } from '@strowger/sip-parser'
import { type CallState, UserAgent, type UserAgentOptions, type UserAgentOutput } from '@strowger/sip-ua/call'
import type { StateBody } from '@strowger/sip-ua/events'
import { nodeHash, nodeRandom, nodeToken } from '@strowger/sip-ua/node'
import { type CoreOutput, SipEndpoint } from '../endpoint.ts'
import { Exchange } from '../exchange.ts'
import { parseListen } from '../listen-address.ts'
import { RequestQueue } from '../request-queue.ts'
import type { OutgoingRequest } from '../requests.ts'
import { nodeResolver, type Resolver } from '../resolver.ts'
import { TransportError } from '../transport-error.ts'
import { WakeTimer } from '../wake-timer.ts'
import { Hops } from './hops.ts'
import type { Ground } from './machine-driver.ts'
import { PhoneCall } from './phone-call.ts'
import { PhoneEvents, type PublishOptions, type SubscribeOptions } from './phone-events.ts'
import type { PhoneOptions } from './phone-options.ts'
import type { PhonePublication } from './phone-publication.ts'
import { PhoneRegistration } from './phone-registration.ts'
import type { PhoneSubscription } from './phone-subscription.ts'

/** How a call is made. */
export interface CallOptions {
  /** Our session description; without one they offer, and `answerOffer` goes into the ACK (RFC 3725 §4.1). */
  readonly offer?: Uint8Array
  /** Another From than the phone's own. */
  readonly from?: string
  readonly fromName?: string
  /** Further header fields: name and value. */
  readonly headers?: readonly (readonly [string, string])[]
}

/**
 * Opens the sockets.
 * @throws {TransportError} with the errno name as `code`, `EADDRINUSE`; `bad-listen`, `no-target` for options that cannot be read.
 */
export async function openPhone(options: PhoneOptions): Promise<Phone> {
  const { on, timers, tap } = options
  const [first, ...more] = on
  let phone: Phone | undefined
  const endpoint = await SipEndpoint.open({
    listen: [parseListen(first), ...more.map(parseListen)],
    layer: { findMerged: true },
    core: { onOutput: (output, now) => phone?.take(output, now) },
    ...(timers && { timers }),
    ...(tap && { tap }),
  })
  phone = new Phone(endpoint, options)
  options.signal?.addEventListener('abort', () => void phone.close(), { once: true })
  return phone
}

/** Made by {@link openPhone}. */
export class Phone implements AsyncDisposable {
  /** Calls from others, as they come. When 100 wait here, more are answered 486. */
  readonly calls: RequestQueue<PhoneCall> = new RequestQueue<PhoneCall>(100)
  /** Where we are reached. */
  readonly contact: string
  readonly #endpoint: SipEndpoint
  readonly #options: PhoneOptions
  readonly #resolver: Resolver
  readonly #hops: Hops
  readonly #agent: UserAgent
  readonly #timer: WakeTimer
  readonly #live = new Map<string, PhoneCall>()
  readonly #exchanges = new Map<number, Exchange>()
  readonly #ground: Ground
  readonly #events: PhoneEvents
  #registration: PhoneRegistration | undefined
  /** Looks again whether everything is over, while the phone closes. */
  #told: (() => void) | undefined

  constructor(endpoint: SipEndpoint, options: PhoneOptions) {
    this.#endpoint = endpoint
    this.#options = options
    this.#resolver = options.resolver ?? nodeResolver
    this.#hops = new Hops(endpoint, this.#resolver, options.proxy)
    this.contact = contactOn(endpoint, options)
    this.#agent = new UserAgent(this.#agentOptions())
    this.#ground = { endpoint, hop: uri => this.#hops.of(uri) }
    this.#events = new PhoneEvents(this.#ground, this.#who())
    this.#timer = new WakeTimer(
      () => endpoint.now(),
      () => this.#act(now => this.#agent.wake(now)),
    )
  }

  /** Calls `to`, once it is known where that leads. @throws {TransportError} `no-target`. */
  async call(to: string, options: CallOptions = {}): Promise<PhoneCall> {
    await this.#hops.find(to)
    return this.#act(now => {
      const id = this.#agent.invite(now, { from: this.#options.aor, ...options, to })
      return this.#begin(new PhoneCall(id, this.#verbs(id)))
    })
  }

  /** Resolves when the registrar has said yes, and keeps the binding alive. @throws {TransportError} `not-registered`. */
  async register(): Promise<void> {
    const { aor, password = '', realm, expiresSeconds = 3600 } = this.#options
    const { scheme, host, port } = uriOf(aor)
    const registrar = formatUri({ scheme, host, ...(port !== undefined && { port }), params: new Map(), headers: new Map() })
    await this.#hops.find(registrar)
    this.#registration ??= new PhoneRegistration(this.#ground, {
      registrar,
      aor,
      contact: this.contact,
      username: this.#username,
      password,
      ...(realm !== undefined && { realm }),
      expiresSeconds,
      hash: nodeHash,
      token: nodeToken,
      random: nodeRandom,
    })
    return this.#registration.start()
  }

  /** Removes the binding. */
  async unregister(): Promise<void> {
    await this.#registration?.stop()
  }

  /** Hears of the state of `target`: a state at once, and each newer one. @throws {TransportError} `no-target`. */
  async subscribe(target: string, options: SubscribeOptions): Promise<PhoneSubscription> {
    await this.#hops.find(target)
    return this.#events.subscribe(target, options)
  }

  /**
   * Publishes a state of our own; resolves when the server has it, and keeps it published.
   * @throws {TransportError} `no-target`, `not-published`.
   */
  async publish(body: StateBody, options: PublishOptions): Promise<PhonePublication> {
    await this.#hops.find(this.#options.aor)
    return this.#events.publish(body, options)
  }

  /** A request outside of calls, MESSAGE or OPTIONS: one final response. See `Endpoint.request`. */
  request(request: OutgoingRequest, { signal }: { readonly signal?: AbortSignal } = {}): Promise<SipResponse> {
    const exchange = new Exchange(this.#endpoint, request, this.#resolver, id => this.#exchanges.set(id, exchange))
    return exchange.run(signal)
  }

  /** Hangs up what is up, and waits for the far ends to say that they heard, two seconds at most. */
  async close(): Promise<void> {
    const calls = [...this.#live.values()]
    this.calls.end()
    for (const call of calls) call.hangUp()
    await this.#quiet(calls)
    this.#timer.stop()
    this.#registration?.close()
    this.#events.close()
    await this.#endpoint.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** For the endpoint. */
  take(output: CoreOutput, now: number): void {
    if (this.#registration?.take(output) || this.#events.take(output)) return
    if (!this.#agent.take(now, output)) this.#stranger(output)
    this.#tell()
  }

  #quiet(calls: readonly PhoneCall[]): Promise<void> {
    const isOver = (): boolean => calls.every(({ id }) => OVER.has(this.#agent.find(id)?.state))
    if (isOver()) return Promise.resolve()
    return new Promise(resolve => {
      const patience = setTimeout(resolve, PATIENCE_MS)
      this.#told = () => {
        if (!isOver()) return
        clearTimeout(patience)
        resolve()
      }
    })
  }

  /** What belongs to no call. */
  #stranger(output: CoreOutput): void {
    if (output.kind === 'request') this.#agent.decline(output.incoming)
    else if (output.kind === 'response') this.#exchanges.get(output.transaction.id)?.onResponse(output.response)
    else if (output.kind === 'failed') this.#exchanges.get(output.transaction.id)?.onFailed(output.cause)
    else if (output.kind === 'terminated') this.#exchanges.delete(output.transaction.id)
  }

  #act<T>(act: (now: number) => T): T {
    const result = act(this.#endpoint.now())
    this.#tell()
    this.#endpoint.drain()
    return result
  }

  #tell(): void {
    for (let output = this.#agent.poll(); output !== undefined; output = this.#agent.poll()) this.#give(output)
    this.#timer.set(this.#agent.nextWake)
    this.#told?.()
  }

  #give(output: UserAgentOutput): void {
    if (output.kind === 'incoming') {
      const call = this.#begin(new PhoneCall(output.call, this.#verbs(output.call), output))
      if (!this.calls.push(call)) this.#agent.refuse(this.#endpoint.now(), output.call)
      return
    }
    this.#live.get(output.call)?.tell(output)
    if (output.kind === 'ended') this.#live.delete(output.call)
  }

  #begin(call: PhoneCall): PhoneCall {
    this.#live.set(call.id, call)
    return call
  }

  #verbs(id: string): ConstructorParameters<typeof PhoneCall>[1] {
    const agent = this.#agent
    return {
      ring: (status, content) => this.#act(now => agent.ring(now, id, status, content)),
      answer: content => this.#act(now => agent.answer(now, id, content)),
      refuse: status => this.#act(now => agent.refuse(now, id, status)),
      hangUp: () => this.#act(now => agent.hangUp(now, id)),
      offer: (description, options) => this.#act(now => agent.offer(now, id, description, options)),
      answerOffer: (description, options) => this.#act(now => agent.answerOffer(now, id, description, options)),
      refuseOffer: (status, options) => this.#act(now => agent.refuseOffer(now, id, status, options)),
      request: (method, options) => this.#act(now => agent.request(now, id, method, options)),
      respond: (requestId, status, options) => this.#act(now => agent.respond(now, id, requestId, status, options)),
    }
  }

  #who(): ConstructorParameters<typeof PhoneEvents>[1] {
    const { aor, password, realm } = this.#options
    return {
      aor,
      contact: this.contact,
      ...(password !== undefined && {
        account: { username: this.#username, password, hash: nodeHash, ...(realm !== undefined && { realm }) },
      }),
    }
  }

  get #username(): string {
    return this.#options.username ?? uriOf(this.#options.aor).user ?? ''
  }

  #agentOptions(): UserAgentOptions {
    const {
      on: _on,
      aor: _aor,
      username: _username,
      password,
      realm: ours,
      proxy: _proxy,
      tap: _tap,
      signal: _signal,
      resolver: _resolver,
      expiresSeconds: _expires,
      ...agent
    } = this.#options
    return {
      ...agent,
      layer: this.#endpoint.layer,
      token: nodeToken,
      random: nodeRandom,
      hash: nodeHash,
      contact: this.contact,
      hop: (uri, from) => this.#hops.of(uri, from),
      ...(password !== undefined && {
        credentials: realm => (ours === undefined || realm === ours ? { username: this.#username, password } : undefined),
      }),
    }
  }
}

/** On the first of our sockets. RFC 3261 §8.1.1.8. */
function contactOn(endpoint: SipEndpoint, { on, aor }: PhoneOptions): string {
  const { transport } = parseListen(on[0])
  const { address, port } = endpoint.localFor(transport)
  const host = address.includes(':') ? `[${address}]` : address
  const { user } = uriOf(aor)
  return `sip:${user === undefined ? '' : `${user}@`}${host}:${port}${transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`}`
}

function uriOf(text: string): Uri {
  const uri = parseUri(text)
  if (uri === undefined) throw new TransportError('no-target', `"${text}" is not a URI`)
  return uri
}

/** No BYE or CANCEL of ours is out any more. */
const OVER: ReadonlySet<CallState | undefined> = new Set(['ended', undefined])
const PATIENCE_MS = 2000
