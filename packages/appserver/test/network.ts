/** Three elements in virtual time: the application server between a users' side and a trunks' side. Datagrams are lost and doubled by a seed. */
import { type Context, readLostMedia, readPlace, signContext, verifyContext } from '@strowger/runtime'
import { parse, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { type Hop, type Output, TransactionLayer } from '@strowger/sip-transaction'
import { nodeTagOf } from '@strowger/sip-transaction/node'
import { shardOf } from '@strowger/sip-transport'
import { type Directory, openStore } from '@strowger/store'
import { seededRandom, seededToken } from '@strowger/testkit'
import type { CallOutput, EchoAnswer } from '../src/call/output.ts'
import { ProxyPlaces } from '../src/call/proxy-places.ts'
import { Calls } from '../src/calls.ts'
import { APPSERVER, KEYS, WALL } from './installation.ts'
import { Side } from './phone.ts'

/** The demo tenant: alice 101, bob 102, carol 103, *43, the DDI of alice. */
export async function demoDirectory(): Promise<Directory> {
  const store = await openStore({ data: '.', store: { kind: 'memory', file: '' } }, { pollMs: 0 })
  await store.seedDemo({ carrier: { address: '192.0.2.9', port: 5090 } })
  return (await store.configuration()).current
}

export interface NetworkOptions {
  readonly directory: Directory
  readonly seed?: number
  readonly loss?: number
  readonly duplicate?: number
  readonly noAnswerMs?: number
  readonly maxCallMs?: number
}

type Message = SipRequest | SipResponse

export class Network {
  now = 0
  readonly layer: TransactionLayer
  readonly calls: Calls
  readonly users: Side
  readonly trunks: Side
  readonly outputs: CallOutput[] = []
  /** What the relay says to an echo: at once, unless it is undefined. */
  relay: (() => EchoAnswer) | undefined = () => ({ sdp: new TextEncoder().encode('relay says echo') })
  /** A datagram for which this is true is lost. */
  drop: (message: Message, to: 'appserver' | 'users' | 'trunks') => boolean = () => false
  /** All that arrived at the application server and left it. */
  readonly trace: { readonly to: string; readonly message: Message }[] = []
  /** Why a new call is not taken. */
  tooMuch: (callId: string, source: string) => string | undefined = () => undefined
  readonly random: () => number
  readonly token: () => string
  readonly #options: NetworkOptions
  #agenda: { readonly at: number; readonly order: number; readonly act: () => void }[] = []
  #order = 0

  constructor(options: NetworkOptions) {
    this.#options = options
    this.random = seededRandom(options.seed ?? 1)
    this.token = seededToken(this.random)
    this.layer = this.#layer()
    this.users = new Side(this, 'users', this.#layer(), { address: '192.0.2.1', port: 5060 })
    this.trunks = new Side(this, 'trunks', this.#layer(), { address: '192.0.2.1', port: 5070 })
    this.calls = new Calls(this.layer, {
      own: APPSERVER,
      proxies: new ProxyPlaces({ users: this.users.local, trunks: this.trunks.local }),
      t1: 500,
      t2: 4000,
      noAnswerMs: options.noAnswerMs ?? 60_000,
      maxCallMs: options.maxCallMs ?? 10_800_000,
      epoch: 7,
      directory: options.directory,
      overload: { refuses: (callId, source) => this.tooMuch(callId, source), retryAfter: () => 17 },
      isEmergency: ({ user }) => user === '112',
      token: this.token,
      random: this.random,
      shardOf,
      sign: (context, binding, wall) => signContext(context, binding, KEYS, wall),
      lostMedia: value => readLostMedia(value, KEYS),
      place: (value, wall) => readPlace(value, KEYS, wall),
      verify: (header, binding, wall) => verifyContext(header, binding, KEYS, wall),
    })
  }

  get wall(): number {
    return WALL + this.now
  }

  facts(kind?: string): object[] {
    return this.outputs.flatMap(output =>
      output.kind === 'fact' && (kind === undefined || output.fact.kind === kind) ? [output.fact] : [],
    )
  }

  after(ms: number, act: () => void): void {
    this.#agenda.push({ at: this.now + ms, order: this.#order++, act })
    this.#agenda.sort((a, b) => a.at - b.at || a.order - b.order)
  }

  advance(ms: number): this {
    const until = this.now + ms
    this.drain()
    for (let next = this.#next(); next <= until; next = this.#next()) {
      this.now = Math.max(this.now, next)
      const due = this.#agenda[0]
      if (due !== undefined && due.at <= this.now) this.#agenda.shift()!.act()
      for (const layer of this.#layers()) if (layer.nextWake <= this.now) layer.wake(this.now)
      if (this.calls.nextWake <= this.now) this.calls.wake(this.now, this.wall)
      this.drain()
    }
    this.now = until
    return this
  }

  /** What is still alive when everything has had time to end. */
  settle(): object {
    this.advance(400_000)
    const { client, server, timers } = this.layer.counts()
    return { ...this.calls.counts(), layer: client + server, timers, nextWake: this.calls.nextWake }
  }

  drain(): void {
    for (let busy = true; busy; ) {
      busy = this.#drainLayer(this.layer, 'appserver', output => this.calls.receive(output, this.now, this.wall))
      busy = this.#drainLayer(this.users.layer, 'users', output => this.users.receive(output)) || busy
      busy = this.#drainLayer(this.trunks.layer, 'trunks', output => this.trunks.receive(output)) || busy
      for (let output = this.calls.poll(); output !== undefined; output = this.calls.poll()) {
        busy = true
        this.#do(output)
      }
    }
  }

  /** As the proxy signs it for a call of the demo tenant. */
  context(values: Partial<Context>): Context {
    return { call: `CALL${this.token().toUpperCase()}`, ...this.tenant, from: 'phone', ...values }
  }

  get tenant(): { readonly brand: number; readonly client: number } {
    const client = this.#options.directory.clientOf('demo.localhost')!
    return { brand: client.brandId, client: client.id }
  }

  userId(name: string): number {
    const { directory } = this.#options
    return directory.userOf(directory.terminalOf(name, 'demo.localhost')!)!.id
  }

  /** Delivers bytes as if `from` had sent them. */
  deliver(to: 'appserver' | 'users' | 'trunks', from: Hop['remote'], bytes: Uint8Array): void {
    const message = parse(bytes)
    if (message.kind === 'malformed') throw new Error(`malformed: ${message.code}\n${new TextDecoder().decode(bytes)}`)
    if (this.drop(message, to)) return
    this.trace.push({ to, message })
    const element = to === 'appserver' ? undefined : this[to]
    const layer = element?.layer ?? this.layer
    layer.receive(this.now, message, { transport: 'UDP', local: element?.local ?? APPSERVER, remote: from })
  }

  #do(output: CallOutput): void {
    this.outputs.push(output)
    if (output.kind !== 'echo' || this.relay === undefined) return
    const reply = this.relay()
    this.after(5, () => this.calls.answer(output.id, reply, this.now, this.wall))
  }

  #drainLayer(layer: TransactionLayer, name: string, take: (output: Output) => void): boolean {
    let busy = false
    for (let output = layer.poll(); output !== undefined; output = layer.poll()) {
      busy = true
      if (output.kind === 'transmit') this.#transmit(name, output.hop, output.bytes)
      else take(output)
    }
    return busy
  }

  #transmit(name: string, hop: Hop, bytes: Uint8Array): void {
    const { loss = 0, duplicate = 0 } = this.#options
    const to = name === 'appserver' ? (hop.remote.port === this.trunks.local.port ? 'trunks' : 'users') : 'appserver'
    const copies = this.random() < duplicate ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.random() >= loss) this.after(10 + copy * 7, () => this.deliver(to, hop.local, bytes))
    }
  }

  #layers(): TransactionLayer[] {
    return [this.layer, this.users.layer, this.trunks.layer]
  }

  #next(): number {
    return Math.min(this.#agenda[0]?.at ?? Number.POSITIVE_INFINITY, this.calls.nextWake, ...this.#layers().map(layer => layer.nextWake))
  }

  #layer(): TransactionLayer {
    return new TransactionLayer({ token: this.token, tagOf: nodeTagOf(new Uint8Array(16)), findMerged: true })
  }
}

/** What is left when nothing is left. */
export const NOTHING = {
  calls: 0,
  legs: 0,
  dialogs: 0,
  transactions: 0,
  asks: 0,
  layer: 0,
  timers: 0,
  nextWake: Number.POSITIVE_INFINITY,
}
