/** The shell of the application server: one UDP socket towards the proxies, the clock, the store's directory, our relay, and the spool. */
import type { NgRelaySet, NgUdpClient } from '@strowger/media-control/udp'
import { CONTEXT_HEADER, type Config, claimedCall, type RoleContext, type Running, wall } from '@strowger/runtime'
import { LoadMeter, MessageWatch, type OverloadNews, SipEndpoint, Taps } from '@strowger/sip-transport'
import { openStore, type Store } from '@strowger/store'
import { type AppserverMetrics, appserverMetrics } from './appserver-metrics.ts'
import type { CallOutput } from './call/output.ts'
import { Calls } from './calls.ts'
import { EchoLink } from './echo-link.ts'
import { makeHouse } from './make-house.ts'
import { openRelays, openServices } from './open-relays.ts'
import { SilenceWatch } from './silence-watch.ts'

/** Longest wait, in ms, for answers to our BYEs and CANCELs when the platform stops. */
const STOP_MS = 2000

/** Rejects with what the socket, the store or the relay's client say when they cannot be opened. */
export async function startAppserver(config: Config, context: RoleContext): Promise<Running> {
  const store = await openStore(config, { onError: error => context.log.error({ err: error }, 'store') })
  try {
    const { current } = await store.configuration()
    const daemon = new Appserver(context, store, await openRelays(config.media), await openServices(config.media, context.log))
    const taps = new Taps({
      onDrop: error => context.log.error({ err: error }, 'who looked on at the messages threw, and does so no more'),
    })
    const messages = new MessageWatch({ taps, callOf: request => claimedCall(request.headers.raw(CONTEXT_HEADER)[0] ?? '') })
    context.pages.set('GET /messages', ({ query }) => messages.after(Number(query.get('after') ?? 0)))
    const endpoint = await SipEndpoint.open({
      listen: [{ transport: 'UDP', address: config.appserver.address, port: config.appserver.udp }],
      timers: config.sip,
      taps,
      layer: { findMerged: true },
      onFault: error => context.log.error({ err: error }, 'a message met a bug'),
      core: { onOutput: output => daemon.take(calls => calls.receive(output, endpoint.now(), wall())) },
    })
    const { memoryPercent, ...limits } = config.overload
    const load = new LoadMeter(endpoint, { ...limits, memory: memoryPercent / 100 }, news => logLoad(context, news))
    daemon.begin(endpoint, load, new Calls(endpoint.layer, makeHouse(config, context, endpoint.localFor('UDP'), current, load)))
    return daemon
  } catch (error) {
    await store.close()
    throw error
  }
}

class Appserver implements Running {
  readonly #context: RoleContext
  readonly #store: Store
  readonly #relays: readonly NgUdpClient[]
  readonly #services: NgUdpClient | NgRelaySet
  readonly #echo: EchoLink
  readonly #silence: readonly SilenceWatch[]
  #endpoint!: SipEndpoint
  #load!: LoadMeter
  #calls!: Calls
  #metrics!: AppserverMetrics
  #timer: NodeJS.Timeout | undefined
  #timerAt: number = Number.POSITIVE_INFINITY
  #closed = false
  #stopping: Promise<void> | undefined
  #whenIdle: (() => void)[] = []

  constructor(context: RoleContext, store: Store, relays: readonly NgUdpClient[], services: NgUdpClient | NgRelaySet) {
    this.#context = context
    this.#store = store
    this.#relays = relays
    this.#services = services
    this.#echo = new EchoLink(services, context.log)
    this.#silence = relays.map(relay => this.#silenceAt(relay))
  }

  /** Before the first message can come: no socket is read in the turn in which it was opened. */
  begin(endpoint: SipEndpoint, load: LoadMeter, calls: Calls): void {
    this.#endpoint = endpoint
    this.#load = load
    this.#calls = calls
    this.#metrics = appserverMetrics(this.#context.metrics, endpoint, load, calls)
  }

  /** Input, then everything the calls want done. */
  take(input: (calls: Calls) => void): void {
    if (this.#closed) return
    input(this.#calls)
    for (let output = this.#calls.poll(); output !== undefined; output = this.#calls.poll()) this.#do(output)
    this.#endpoint.drain()
    this.#sleep()
    if (this.#calls.counts().calls === 0) this.#idle()
  }

  refuseNew(): void {
    this.#calls.drain()
  }

  /** No new calls; resolves when the last one is over. */
  drain(): Promise<void> {
    this.#calls.drain()
    return this.#untilIdle()
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  health(): object {
    const { calls, legs } = this.#calls.counts()
    return { overload: this.#load.reason ?? 'none', calls, legs, udp: this.#endpoint.localFor('UDP').port }
  }

  async #stop(): Promise<void> {
    this.take(calls => calls.stop(this.#endpoint.now(), wall()))
    const patience = timeOut(STOP_MS)
    await Promise.race([this.#untilIdle(), patience.over])
    patience.clear()
    this.#closed = true
    this.#load.close()
    for (const watch of this.#silence) watch.close()
    clearTimeout(this.#timer)
    this.#idle()
    await this.#endpoint.close()
    for (const relay of [...this.#relays, this.#services]) await relay.close()
    await this.#store.close()
  }

  #silenceAt(relay: NgUdpClient): SilenceWatch {
    return new SilenceWatch({
      ask: command => relay.request(command),
      log: this.#context.log,
      hasCalls: () => this.#calls !== undefined && this.#calls.counts().calls > 0,
      onSilent: ids =>
        this.take(calls => {
          for (const id of ids) calls.silent(id, this.#endpoint.now(), wall())
        }),
    })
  }

  #untilIdle(): Promise<void> {
    return new Promise(resolve => {
      this.#whenIdle.push(resolve)
      if (this.#isIdle()) this.#idle()
    })
  }

  #isIdle(): boolean {
    const { calls, asks } = this.#calls.counts()
    return calls === 0 && asks === 0 && this.#echo.releasing === 0
  }

  #idle(): void {
    if (!this.#closed && !this.#isIdle()) return
    const waiting = this.#whenIdle
    this.#whenIdle = []
    for (const resolve of waiting) resolve()
  }

  #do(output: CallOutput): void {
    const { facts, log } = this.#context
    switch (output.kind) {
      case 'fact':
        facts.append(output.fact)
        if (output.fact.kind === 'end') this.#metrics.ended(output.fact.status)
        return
      case 'log':
        log[output.level]({ ...(output.call === '' ? {} : { call: output.call }), ...output.detail }, output.text)
        return
      case 'echo':
        void this.#echo.ask(output).then(reply => this.take(calls => calls.answer(output.id, reply, this.#endpoint.now(), wall())))
        return
      case 'release':
        void this.#echo.release(output).then(() => this.#idle())
        return
    }
  }

  /** One timer for all calls; one that is set for an earlier time stays, and finds out then. */
  #sleep(): void {
    const at = this.#calls.nextWake
    if (at >= this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = at
    if (at === Number.POSITIVE_INFINITY) return
    const delay = Math.min(Math.max(1, Math.ceil(at - this.#endpoint.now())), LONGEST_TIMER_MS)
    this.#timer = setTimeout(() => this.#wake(), delay)
  }

  #wake(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    this.take(calls => calls.wake(this.#endpoint.now(), wall()))
  }
}

function logLoad({ log }: RoleContext, news: OverloadNews): void {
  if (news.kind === 'began') log.warn({ reason: news.reason }, 'overload: a part of the new calls is refused with 503')
  else log.warn({ lastedMs: Math.round(news.lastedMs), refused: news.refused }, 'overload over')
}

function timeOut(ms: number): { readonly over: Promise<void>; clear(): void } {
  let timer: NodeJS.Timeout
  const over = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms)
  })
  return { over, clear: () => clearTimeout(timer) }
}

/** What `setTimeout` can count. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
