/** The shell of both proxies: sockets, clock, relay and facts around the pure core. */
import type { NgRelaySet, NgUdpClient } from '@strowger/media-control/udp'
import {
  CertificateExpiry,
  CONTEXT_HEADER,
  type Config,
  claimedCall,
  type ExpiryNews,
  loadCertificate,
  monotonic,
  type RoleContext,
  type Running,
  signLostMedia,
  signPlace,
  type TlsFiles,
  wall,
  watchCertificate,
} from '@strowger/runtime'
import { formatUri } from '@strowger/sip-parser'
import { nodeToken } from '@strowger/sip-transaction/node'
import {
  type ConnectionLimits,
  type CoreOutput,
  LoadMeter,
  MessageWatch,
  type OverloadLimits,
  type OverloadNews,
  type SharedListeners,
  SipEndpoint,
  Taps,
  type WorkerSeat,
} from '@strowger/sip-transport'
import { AppserverWatch } from './appserver-watch.ts'
import { callerOf } from './caller.ts'
import { CarrierWays } from './carrier-ways.ts'
import type { HostNews } from './core/known-hosts.ts'
import type { ProxyOutput } from './core/proxied.ts'
import { StatefulProxy } from './core/proxy.ts'
import type { Lists } from './core/state.ts'
import type { Answers, Policy } from './core/step.ts'
import { changeListeners, changesBetween, type ListenerChanges, reloaded, takenOver } from './live-listeners.ts'
import { LostMedia } from './media/lost-media.ts'
import { MediaLink as Link, type MediaLink } from './media/media-link.ts'
import { openRelay, strandedAt } from './media/open-relay.ts'
import type { LivePolicy } from './policy.ts'
import { listenersOf, type ProxyPorts } from './proxy-listeners.ts'
import { proxyMetrics } from './proxy-metrics.ts'
import { relayMetrics } from './relay-metrics.ts'

export interface ProxyDaemonOptions {
  readonly context: RoleContext
  readonly ports: ProxyPorts
  /** Of who connects over TLS. Default: not asked for. */
  readonly clientCertificate?: 'none' | 'asked' | 'required' | undefined
  /** Who we connect to over TLS may send its requests by the same connection. RFC 5923 §8.1. */
  readonly alias?: boolean | undefined
  readonly lists: Lists
  readonly makePolicy: (live: LivePolicy) => Policy
  /** Answers `credentials`, `location` and `bind` from memory, or asks for them. */
  readonly lookUp: (output: ProxyOutput & { kind: 'perform' }, policy: Policy) => Answers | Promise<Answers>
  /** What makes it one of several on the same ports. */
  readonly worker?: ProxyWorker | undefined
  /** Runs at the very end. */
  readonly close: () => Promise<void>
  readonly health?: () => object
}

/** What a worker is told by its main thread. */
export interface WorkerChanges extends ListenerChanges {
  readonly config: Pick<Config, 'tls' | 'data' | 'listen'>
}

export interface ProxyWorker {
  readonly seat: WorkerSeat
  /** Opened by the main thread. */
  readonly listen: SharedListeners['listen']
  /** What has been removed, and goes on for a while. */
  readonly left: SharedListeners['left']
  readonly tagKey: Uint8Array
  /** How many there are. */
  readonly workers: number
}

export async function startProxy(options: ProxyDaemonOptions): Promise<Running> {
  const daemon = new ProxyDaemon(options)
  await daemon.open()
  return daemon
}

class ProxyDaemon implements Running {
  readonly #options: ProxyDaemonOptions
  #endpoint!: SipEndpoint
  #proxy!: StatefulProxy
  #policy!: Policy
  #load!: LoadMeter
  #media!: MediaLink
  #relay!: NgUdpClient | NgRelaySet
  readonly #lost = new LostMedia()
  #watch!: AppserverWatch
  #ways!: CarrierWays
  readonly #expiry = new CertificateExpiry(news => this.#logExpiry(news))
  #tick: NodeJS.Timeout | undefined
  #draining = false
  #probe: string = `watch-${nodeToken()}`
  #leaving = false
  #closed = false
  #onIdle: (() => void) | undefined
  #unwatch = (): void => {}
  #own: Policy['own'] = []
  #config!: Config

  constructor(options: ProxyDaemonOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    const { context, ports, lists, worker } = this.#options
    const { config } = context
    this.#relay = await openRelay(config.media, context.log)
    this.#media = new Link(this.#relay, context)
    const taps = new Taps({
      onDrop: error => context.log.error({ err: error }, 'who looked on at the messages threw, and does so no more'),
    })
    const messages = new MessageWatch({ taps, callOf: request => claimedCall(request.headers.raw(CONTEXT_HEADER)[0] ?? '') })
    context.pages.set('GET /messages', ({ query }) => messages.after(Number(query.get('after') ?? 0)))
    const listen = worker?.listen ?? listenersOf(config.listen, ports)
    const files = await loadCertificate(config)
    this.#expiry.show(files)
    this.#endpoint = await SipEndpoint.open({
      listen: [...listen, ...(worker?.left ?? [])] as typeof listen,
      worker: worker?.seat,
      tagKey: worker?.tagKey,
      timers: config.sip,
      udp: { shareWakeUpsUs: config.sip.shareWakeUpsUs },
      taps,
      limits: connectionLimits(config),
      tls: { ...files, verify: config.tls.verify, clientCertificate: this.#options.clientCertificate },
      alias: this.#options.alias,
      onFault: error => context.log.error({ err: error }, 'a message could not be dealt with'),
      core: {
        onOutput: (output, now) => this.#receive(output, now),
        liveCalls: () => this.#proxy.liveCalls(),
        // It may not know yet where we are.
        takesLate: (_, from) => this.#policy.isAppserver(from),
        onNews: (news, now) => this.#proxy.learn(news as HostNews, now),
        onFlowClosed: (flow, _now, error) => {
          if (error !== undefined && !flow.incoming) context.log.warn({ remote: flow.remote, err: error }, 'connection')
        },
      },
    })
    this.#watchCertificate(config)
    const own = [
      ...listen.map(({ transport }) => ({ transport, ...this.#endpoint.localFor(transport) })),
      ...(worker?.left ?? []).map(({ transport, address, port = 0 }) => ({ transport, address, port })),
    ]
    this.#own = own
    this.#config = config
    if (worker !== undefined) context.pages.set('POST /listeners', ({ body }) => this.#change(JSON.parse(body) as WorkerChanges))
    this.#load = new LoadMeter(this.#endpoint, limitsOf(config, worker?.workers), news => this.#logLoad(news))
    this.#policy = this.#options.makePolicy({
      own,
      inside: () => this.#watch.known,
      draining: () => this.#draining || this.#watch.draining,
      leaving: () => this.#leaving,
      overload: this.#load,
      emergency: config.overload.emergency,
      named: (sipCallId, call) => taps.name(sipCallId, call),
    })
    this.#proxy = new StatefulProxy(this.#endpoint.layer, this.#policy, lists)
    this.#watch = new AppserverWatch({
      layer: this.#endpoint.layer,
      appserver: this.#policy.appserver,
      local: () => this.#endpoint.localFor('UDP', this.#policy.appserver),
      place: local => signPlace({ side: context.role === 'users-proxy' ? 'users' : 'trunks', ...local }, context.keys, wall()),
      token: () => this.#probeId(),
      onDied: before => this.#appserverDied(before),
      lostMedia: now => this.#lost.due(strandedAt(this.#relay), now).map(calls => signLostMedia(calls, context.keys)),
    })
    this.#ways = new CarrierWays({
      servers: config.dns.servers,
      own,
      onFailure: (uri, error) => context.log.warn({ uri: formatUri(uri), ...(error !== undefined && { err: error }) }, 'leads nowhere'),
    })
    proxyMetrics(context.metrics, this.#endpoint, this.#proxy, this.#load, this.#media, this.#ways, this.#expiry)
    relayMetrics(context.metrics, this.#relay)
    this.#tick = setInterval(() => this.#onTick(), TICK_MS)
    this.#tick.unref()
  }

  /** Ports and certificates. */
  async reload(config: Config): Promise<object> {
    const role = this.#options.context.role === 'users-proxy' ? 'usersProxy' : 'trunksProxy'
    const before = this.#config
    const after = takenOver(before, config, role)
    const changes = changesBetween(before.listen, before[role], after[role])
    await this.#change({ ...changes, config: after })
    this.#config = after
    return reloaded(changes, before, after, config, role)
  }

  refuseNew(): void {
    this.#draining = true
  }

  /** In-dialog requests are served until no dialog goes through here and no transaction is left. */
  drain(): Promise<void> {
    this.#draining = true
    this.#leaving = true
    return new Promise(resolve => {
      this.#onIdle = resolve
      this.#onTick()
    })
  }

  async stop(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#tick)
    this.#load.close()
    this.#unwatch()
    await this.#endpoint.close()
    this.#relay.close()
    await this.#options.close()
  }

  health(): object {
    return {
      appserver: this.#watch.state,
      overload: this.#load.reason ?? 'none',
      calls: this.#proxy.calls.count,
      ...this.#proxy.counts(),
      ...this.#endpoint.counts(),
      ...this.#options.health?.(),
    }
  }

  /** Certificates first: what cannot be read changes nothing. */
  async #change({ config, ...changes }: WorkerChanges): Promise<object> {
    const files = await loadCertificate(config)
    await changeListeners(this.#endpoint, this.#own, changes)
    this.#watch.moved(monotonic())
    this.#endpoint.drain()
    this.#show(files)
    this.#watchCertificate(config)
    return {}
  }

  #watchCertificate(config: Pick<Config, 'tls'>): void {
    this.#unwatch()
    this.#unwatch = watchCertificate(
      config,
      files => this.#show(files),
      error => this.#options.context.log.error({ err: error }, 'the new certificate is not used'),
    )
  }

  #show(files: TlsFiles): void {
    this.#endpoint.setCertificates(files)
    this.#expiry.show(files)
  }

  #logExpiry(news: ExpiryNews): void {
    const { log } = this.#options.context
    if (news.days < 0) log.error(news, 'a certificate has expired: who looks at it does not come in')
    else log.warn(news, 'a certificate expires soon')
  }

  #receive(output: CoreOutput, now: number): void {
    if (output.kind === 'unmatched' && this.#policy.isAppserver(output.from) && this.#watch.take(output.message, now)) return
    this.#take(() => this.#proxy.receive(output, now, wall()))
  }

  /** A Call-ID whose messages come to this worker; none while it is being drained. */
  #probeId(): string | undefined {
    for (let tries = 0; tries < 4096; tries++) {
      if (this.#endpoint.takesNew(this.#probe)) return this.#probe
      this.#probe = `watch-${nodeToken()}`
    }
    return undefined
  }

  #appserverDied(before: number): void {
    this.#options.context.log.warn({ appserver: this.#policy.appserver }, 'the application server died; what it was setting up fails')
    const { appserver } = this.#policy
    this.#take(() => this.#proxy.failTowards(appserver, before, monotonic(), wall()))
    this.#take(() => this.#proxy.cancelFrom(appserver, before, monotonic(), wall()))
  }

  #onTick(): void {
    this.#expiry.look(wall())
    this.#watch.tick(monotonic())
    this.#take(() => this.#proxy.wake(monotonic(), wall()))
    this.#endpoint.drain()
    const { calls } = this.#proxy
    if (this.#onIdle && calls.count === 0 && this.#proxy.counts().proxied === 0 && this.#media.outstanding === 0) this.#onIdle()
  }

  #logLoad(news: OverloadNews): void {
    const { log } = this.#options.context
    if (news.kind === 'began') log.warn({ reason: news.reason }, 'overload: a part of the new work is refused with 503')
    else log.warn({ lastedMs: Math.round(news.lastedMs), refused: news.refused }, 'overload over')
  }

  /** Input, then everything the core wants done. */
  #take(input: () => void): void {
    input()
    for (let output = this.#proxy.poll(); output !== undefined; output = this.#proxy.poll()) this.#do(output)
  }

  #do(output: ProxyOutput): void {
    const { facts, log } = this.#options.context
    switch (output.kind) {
      case 'perform':
        return this.#perform(output)
      case 'release':
        void this.#media.release(output)
        return
      case 'attempt':
        log.info(
          { call: output.context.call, sip: output.dialled.headers.raw('Call-ID')[0], from: output.context.from.remote },
          'call attempt',
        )
        facts.append({ call: output.context.call as string, leg: 'a', kind: 'attempt', ...callerOf(output.context, this.#policy.role) })
        return
      case 'refused':
        log.info({ call: output.call, status: output.status, cause: output.cause }, 'call refused')
        facts.append({ call: output.call, leg: 'a', kind: 'refused', status: output.status, cause: output.cause })
        return
      case 'host':
        return this.#onHost(output.news)
      case 'replied':
        log.debug({ method: output.method, status: output.status }, 'answered')
        return
    }
  }

  #onHost(news: HostNews): void {
    const { place, forMs, trouble } = news
    const { log } = this.#options.context
    if (forMs === 0) log.info({ place }, 'answers again')
    else
      log.warn({ place, seconds: forMs / 1000 }, trouble === 'silent' ? 'does not answer: others come first' : 'wants no calls for a while')
    this.#endpoint.tellOthers(news)
  }

  #perform(output: ProxyOutput & { kind: 'perform' }): void {
    const { effect } = output
    if (effect.ask === 'ways') {
      void this.#ways.of(effect.uri).then(ways => this.#answer(output.id, { ways }))
      return
    }
    if (effect.ask !== 'media') {
      const answers = this.#options.lookUp(output, this.#policy)
      if (answers instanceof Promise) {
        const failed = (error: unknown): void => {
          this.#options.context.log.error({ err: error, ask: effect.ask }, 'what was asked is not answered')
          this.#took(() => this.#proxy.fail(output.id, monotonic(), wall()))
        }
        void answers.then(found => this.#answer(output.id, found), failed)
      } else this.#proxy.answer(output.id, answers, monotonic(), wall())
      return
    }
    void this.#media.ask(effect.command, output.context.call).then(media => media && this.#answer(output.id, { media }))
  }

  /** Of something that took its time. */
  #answer(id: number, answers: Answers): void {
    this.#took(() => this.#proxy.answer(id, answers, monotonic(), wall()))
  }

  /** A bug that one message meets must not end the calls of the others. */
  #took(input: () => void): void {
    if (this.#closed) return
    try {
      this.#take(input)
    } catch (error) {
      this.#options.context.log.error({ err: error }, 'an answer could not be dealt with')
    }
    this.#endpoint.drain()
  }
}

/** Timer C and expiries are seconds long; once a second is close enough. */
const TICK_MS = 250

function connectionLimits({ connections }: Config): ConnectionLimits {
  const { most, perAddress, handshakeMs, messageMs, idleSeconds } = connections
  return { connections: most, connectionsPerAddress: perAddress, handshakeMs, messageMs, idleMs: idleSeconds * 1000 }
}

/** Transactions are those of the process: each of its workers may have its share. */
export function limitsOf({ overload: { memoryPercent, ...limits } }: Pick<Config, 'overload'>, workers = 1): Partial<OverloadLimits> {
  return { ...limits, transactions: Math.ceil(limits.transactions / workers), memory: memoryPercent / 100 }
}
