/** What `openPhone` opens: a user agent, a registration and its events on the sockets of one endpoint. RFC 3261 §8, §10, §13. */
import type { SipResponse } from '@strowger/sip-parser'
import { UserAgent, type UserAgentOptions, type UserAgentOutput } from '@strowger/sip-ua/call'
import type { StateBody } from '@strowger/sip-ua/events'
import { nodeHash, nodeRandom, nodeToken } from '@strowger/sip-ua/node'
import { defined } from '../defined.ts'
import type { CoreOutput, SipEndpoint } from '../endpoint.ts'
import { Exchange } from '../exchange.ts'
import type { Flow } from '../flow.ts'
import { Queue } from '../queue.ts'
import type { OutgoingRequest } from '../requests.ts'
import { nodeResolver, type Resolver } from '../resolver.ts'
import { uriOf } from '../uri-of.ts'
import { WakeTimer } from '../wake-timer.ts'
import { type CallOptions, inviteOptions } from './call-options.ts'
import { callVerbs } from './call-verbs.ts'
import { Hops } from './hops.ts'
import { KeepAlive } from './keep-alive.ts'
import { LiveCall } from './live-call.ts'
import type { Ground } from './machine-driver.ts'
import type { Phone } from './phone.ts'
import type { PhoneCall } from './phone-call.ts'
import { PhoneEvents, type PublishOptions, type SubscribeOptions } from './phone-events.ts'
import { PhoneIdentity } from './phone-identity.ts'
import type { PhoneOptions } from './phone-options.ts'
import type { PhonePublication } from './phone-publication.ts'
import { type GrantedRegistration, PhoneRegistration, type RegistrationNews } from './phone-registration.ts'
import type { PhoneSubscription } from './phone-subscription.ts'

export class OpenPhone implements Phone {
  readonly on: readonly string[]
  readonly uris: readonly string[]
  readonly contact: string
  readonly calls: Queue<PhoneCall> = new Queue<PhoneCall>(100, 'refuse')
  readonly registration: Queue<RegistrationNews> = new Queue<RegistrationNews>(100, 'forget the oldest')
  readonly #endpoint: SipEndpoint
  readonly #identity: PhoneIdentity
  readonly #resolver: Resolver
  readonly #hops: Hops
  readonly #agent: UserAgent
  readonly #timer: WakeTimer
  readonly #live = new Map<string, LiveCall>()
  /** Calls that have told their end while a BYE or CANCEL of ours is out. */
  readonly #leaving = new Set<string>()
  readonly #exchanges = new Map<number, Exchange>()
  readonly #ground: Ground
  readonly #events: PhoneEvents
  readonly #keepAlive: KeepAlive
  #registration: PhoneRegistration | undefined
  /** Looks again whether everything is over, while the phone closes. */
  #told: (() => void) | undefined

  constructor(endpoint: SipEndpoint, options: PhoneOptions) {
    const identity = new PhoneIdentity(endpoint, options)
    this.on = identity.on
    this.uris = identity.uris
    this.contact = identity.contact
    this.#identity = identity
    this.#endpoint = endpoint
    this.#resolver = options.resolver ?? nodeResolver
    this.#hops = new Hops(endpoint, this.#resolver, options.proxy)
    this.#agent = new UserAgent({ ...identity.agentOptions(), layer: endpoint.layer, ...this.#ways() })
    this.#ground = { endpoint, hop: (uri, request) => this.#hops.of(uri, undefined, request), elsewhere: this.#ways().elsewhere }
    this.#events = new PhoneEvents(this.#ground, identity, () => this.#routes)
    this.#keepAlive = new KeepAlive({
      endpoint,
      hop: () => this.#hops.of(uriOf(identity.registrar)),
      lost: () => this.#registration?.flowLost(),
      everyMs: options.keepAliveMs,
      isReachedByFlow: identity.isReachedByFlow,
    })
    this.#timer = new WakeTimer(
      () => endpoint.now(),
      () => this.#act(now => this.#agent.wake(now)),
    )
  }

  async call(to: string, options: CallOptions = {}): Promise<PhoneCall> {
    const { signal } = options
    signal?.throwIfAborted()
    await this.#find(to)
    signal?.throwIfAborted()
    const call = this.#act(now => {
      const id = this.#agent.invite(now, { ...inviteOptions(to, this.#identity.aor, options), routes: this.#routes })
      return this.#begin(id, to)
    })
    const hangUp = (): void => void call.hangUp()
    signal?.addEventListener('abort', hangUp, { once: true })
    void call.ended.then(() => signal?.removeEventListener('abort', hangUp))
    return call
  }

  async register(): Promise<GrantedRegistration> {
    const { aor, registrar, username, password, realm, expiresSeconds, outbound } = this.#identity
    await this.#hops.find(registrar)
    const tools = { hash: nodeHash, token: nodeToken, random: nodeRandom }
    const options = { registrar, aor, username, contact: this.contact, expiresSeconds, ...tools, ...defined({ password, realm, outbound }) }
    this.#registration ??= new PhoneRegistration(this.#ground, options, this.registration, this.#keepAlive)
    return this.#registration.start()
  }

  async unregister(): Promise<void> {
    await this.#registration?.stop()
  }

  async subscribe(target: string, options: SubscribeOptions): Promise<PhoneSubscription> {
    await this.#find(target)
    return this.#events.subscribe(target, options)
  }

  async publish(body: StateBody, options: PublishOptions): Promise<PhonePublication> {
    await this.#find(this.#identity.aor)
    return this.#events.publish(body, options)
  }

  request(request: OutgoingRequest, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<SipResponse> {
    const way = { proxy: this.#hops.proxy, routes: this.#routes, from: this.#identity.aor, answering: this.#identity.answering }
    const exchange = new Exchange(this.#endpoint, request, this.#resolver, id => this.#exchanges.set(id, exchange), way)
    return exchange.run(signal)
  }

  async close(): Promise<void> {
    this.calls.end()
    for (const call of this.#live.values()) call.hangUp()
    await this.#quiet()
    this.#timer.stop()
    this.#registration?.close()
    this.registration.end()
    this.#events.close()
    for (const exchange of this.#exchanges.values()) exchange.onFailed('closed')
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

  /** For the endpoint. */
  flowClosed(flow: Flow): void {
    this.#keepAlive.closed(flow)
  }

  /** What our registrar wants new requests to go by, as long as we are registered. RFC 3608 §6.1. */
  get #routes(): readonly string[] {
    return this.#registration?.serviceRoute ?? []
  }

  #find(uri: string): Promise<void> {
    return this.#hops.find(this.#routes[0] ?? uri)
  }

  /** Until no BYE or CANCEL of ours is out any more, or nobody can be expected to answer it. */
  #quiet(): Promise<void> {
    const isOver = (): boolean => this.#live.size === 0 && this.#leaving.size === 0
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

  #ways(): Required<Pick<UserAgentOptions, 'hop' | 'elsewhere'>> {
    return { hop: (uri, from, request) => this.#hops.of(uri, from, request), elsewhere: (uri, tried) => this.#hops.elsewhere(uri, tried) }
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
    for (const id of this.#leaving) if (!this.#isLeaving(id)) this.#leaving.delete(id)
    this.#told?.()
  }

  #give(output: UserAgentOutput): void {
    if (output.kind === 'incoming') {
      const call = this.#begin(output.call, output)
      if (!this.calls.push(call)) this.#agent.refuse(this.#endpoint.now(), output.call)
      return
    }
    this.#live.get(output.call)?.tell(output)
    if (output.kind !== 'ended') return
    this.#live.delete(output.call)
    this.#leaving.add(output.call)
  }

  #begin(id: string, from: ConstructorParameters<typeof LiveCall>[2]): LiveCall {
    const call = new LiveCall(
      id,
      callVerbs(this.#agent, id, act => this.#act(act)),
      from,
    )
    this.#live.set(id, call)
    return call
  }

  #isLeaving(id: string): boolean {
    const { asks = [] } = this.#agent.find(id) ?? {}
    return asks.some(({ is, done }) => !done && (is === 'bye' || is === 'invite'))
  }
}

const PATIENCE_MS = 2000
