/** One worker's ports to the others and to the coordinator: what it hands over, what it sends by their connections, what they ask of it. RFC 3261 §18. */
import { Buffer } from 'node:buffer'
import type { MessagePort } from 'node:worker_threads'
import type { Address, Hop, Transaction } from '@strowger/sip-transaction'
import { provesDomain } from '../certificate-names.ts'
import type { ReceivedHop } from '../flow.ts'
import { Outbox } from './outbox.ts'
import { Ownership, type Passed } from './ownership.ts'
import type { ColleagueMessage, CoordinatorMessage, Crossing, HandedOver, WorkerMessage, WorkerSeat } from './protocol.ts'
import { NO_WORKERS, ownedBy, type WorkerId } from './shard-map.ts'
import { SharedConnections } from './shared-connections.ts'

/** What an endpoint does for its colleagues. */
export interface ColleagueEvents {
  /** Handed over to us, or back. The bytes may be kept. */
  message(bytes: Uint8Array, hop: ReceivedHop, passed: Passed | undefined): void
  /** By a connection of ours. False when that cannot be; `failed` is called when it turns out later. */
  send(hop: Hop, bytes: Uint8Array, failed: () => void): boolean
  /** All of one post have been given. */
  batchEnd(): void
  /** What these sent did not arrive. */
  failed(transactions: readonly Transaction[]): void
  unreachable(peer: Address): void
  closeFlow(flow: number): void
  /** Places whose peers want a connection of ours used. RFC 5923 §5. */
  aliases(): Iterable<readonly [place: string, names: readonly string[]]>
  /** What the core of another one tells. */
  news(news: unknown): void
  /** Call-IDs of what is alive here. */
  liveCalls(): Iterable<string>
  /** Nothing new comes to us any more: new connections are for others. */
  stopListening(): void
  /** Resolves when no connection is left; closes each that has been quiet for so long. */
  endConnections(quietMs: number): Promise<void>
  fault(error: unknown): void
}

interface Colleague {
  readonly worker: WorkerId
  readonly port: MessagePort
  /** Bytes that are on the way to it and to us. */
  readonly toThem: Int32Array
  readonly toUs: Int32Array
  readonly messages: Outbox<HandedOver>
  readonly sends: Outbox<Crossing>
}

/** Messages that crossed, since the start. */
export interface CrossingCounts {
  /** Arrived here and were another worker's. */
  readonly handedOver: number
  /** Left by a connection of another worker. */
  readonly sentByOthers: number
  /** Lost, because their owner has not looked at what it was given before. */
  readonly dropped: number
}

/** Came before we knew whose it is. */
interface Early {
  readonly bytes: Uint8Array
  readonly hop: ReceivedHop
}

export class Colleagues {
  readonly #seat: WorkerSeat
  readonly #events: ColleagueEvents
  readonly #ownership: Ownership
  readonly #others = new Map<WorkerId, Colleague>()
  readonly #dirty = new Set<Colleague>()
  /** Whose message crossed under which id, and to whom: the last ones. */
  readonly #crossed = new Map<number, { readonly worker: WorkerId; readonly transaction: Transaction }>()
  /** How many connections all of us have. */
  readonly connections: SharedConnections = new SharedConnections()
  /** Which other one has a connection that its peer wants used for requests to a place. */
  readonly #aliases = new Map<string, { readonly worker: WorkerId; readonly names: readonly string[] }>()
  #ids = 0
  #handedOver = 0
  #sentByOthers = 0
  #dropped = 0
  #early: Early[] = []
  #keeping: NodeJS.Timeout | undefined
  #liveAt = 0
  /** `owning` from the first map on that gives us something. */
  #stage: 'new' | 'owning' | 'relieved' = 'new'
  #closed = false

  constructor(seat: WorkerSeat, events: ColleagueEvents) {
    this.#seat = seat
    this.#events = events
    this.#ownership = new Ownership(seat.worker, NO_WORKERS)
    seat.port.on('message', message => this.#guard(() => this.#told(message as CoordinatorMessage)))
  }

  get counts(): CrossingCounts {
    return { handedOver: this.#handedOver, sentByOthers: this.#sentByOthers, dropped: this.#dropped }
  }

  get worker(): WorkerId {
    return this.#seat.worker
  }

  takesNew(callId: string): boolean {
    return this.#ownership.takesNew(callId)
  }

  /**
   * True when the message is another worker's and has been handed over, or has to wait until we know; where that one is not to be reached it is
   * ours.
   */
  handOver(callId: string, bytes: Uint8Array, hop: ReceivedHop, passed: Passed | undefined, matches: () => boolean): boolean {
    if (this.#ownership.map.version === 0) return this.#keepEarly(bytes, hop)
    const owner = this.#ownership.ownerOf(callId, passed, matches)
    const colleague = owner === this.worker ? undefined : this.#others.get(owner)
    if (colleague === undefined) return false
    if (!onTheWay(colleague, bytes)) {
      this.#dropped++
      return true
    }
    this.#handedOver++
    colleague.messages.add(bytes, { hop, passes: (passed?.passes ?? 0) + 1 })
    this.#dirty.add(colleague)
    return true
  }

  /** False when that worker is gone, and its connections with it. */
  send(worker: WorkerId, hop: Hop, bytes: Uint8Array, transaction: Transaction | undefined): boolean {
    const colleague = this.#others.get(worker)
    if (colleague === undefined || !onTheWay(colleague, bytes)) return false
    this.#sentByOthers++
    colleague.sends.add(bytes, { hop, id: transaction === undefined ? 0 : this.#remember(worker, transaction) })
    this.#dirty.add(colleague)
    return true
  }

  /** The one by whose connections a request without one goes: who has it as an alias, else who opens those to this place. */
  workerFor(place: string, name: string | undefined): WorkerId {
    const alias = this.#aliases.get(place)
    if (alias !== undefined && name !== undefined && provesDomain(alias.names, name)) return alias.worker
    return this.#ownership.ownerOfPlace(place)
  }

  tellAlias(place: string, names: readonly string[] | undefined): void {
    for (const colleague of this.#others.values()) this.#post(colleague, { kind: 'alias', place, names })
  }

  closeFlow(worker: WorkerId, flow: number): void {
    this.#post(this.#others.get(worker), { kind: 'close', flow })
  }

  unreachable(peer: Address): void {
    for (const colleague of this.#others.values()) this.#post(colleague, { kind: 'unreachable', peer: { ...peer } })
  }

  /** Plain data, to the cores of all others. */
  tell(news: unknown): void {
    for (const colleague of this.#others.values()) this.#post(colleague, { kind: 'news', news })
  }

  flush(): void {
    if (this.#dirty.size === 0) return
    const { version } = this.#ownership.map
    for (const colleague of this.#dirty) {
      const { messages, sends } = colleague
      if (!messages.isEmpty) this.#post(colleague, { kind: 'messages', version, ...messages.take() })
      if (!sends.isEmpty) this.#post(colleague, { kind: 'sends', ...sends.take() })
    }
    this.#dirty.clear()
  }

  /** Who has handed us something lately has to send it again: a worker closes when nobody does any more. */
  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    clearInterval(this.#keeping)
    for (const { port } of this.#others.values()) port.close()
    this.#others.clear()
    this.#seat.port.close()
  }

  #told(message: CoordinatorMessage): void {
    switch (message.kind) {
      case 'map':
        this.#ownership.adopt(message.map)
        if (message.map.key !== undefined) this.connections.setKey(message.map.key)
        this.#keep()
        this.#say({ kind: 'aware', version: message.map.version })
        this.#giveEarly()
        return this.#listenAs(ownedBy(message.map, this.worker) > 0)
      case 'colleague':
        return this.#meet({
          worker: message.worker,
          port: message.port,
          toThem: new Int32Array(message.toThem),
          toUs: new Int32Array(message.toUs),
          messages: new Outbox<HandedOver>(),
          sends: new Outbox<Crossing>(),
        })
      case 'gone':
        this.#ownership.lose(message.worker)
        return this.#lose(message.worker)
      case 'retire':
        this.#events.endConnections(this.#seat.flowQuietMs ?? TIMER_C).then(
          () => this.#say({ kind: 'left' }),
          error => this.#events.fault(error),
        )
    }
  }

  #noteAlias(worker: WorkerId, place: string, names: readonly string[] | undefined): void {
    if (names === undefined) {
      if (this.#aliases.get(place)?.worker === worker) this.#aliases.delete(place)
      return
    }
    const oldest = this.#aliases.size >= MOST_ALIASES ? this.#aliases.keys().next().value : undefined
    if (oldest !== undefined) this.#aliases.delete(oldest)
    this.#aliases.set(place, { worker, names })
  }

  /** Whoever has yet to be given its share owns nothing either. */
  #listenAs(owner: boolean): void {
    if (owner && this.#stage === 'new') this.#stage = 'owning'
    if (owner || this.#stage !== 'owning') return
    this.#stage = 'relieved'
    this.#events.stopListening()
  }

  #keepEarly(bytes: Uint8Array, hop: ReceivedHop): true {
    if (this.#early.length < MOST_EARLY) this.#early.push({ bytes: Buffer.from(bytes), hop })
    else this.#dropped++
    return true
  }

  #giveEarly(): void {
    const early = this.#early.splice(0)
    for (const { bytes, hop } of early) this.#guard(() => this.#events.message(bytes, hop, undefined))
    if (early.length > 0) this.#events.batchEnd()
  }

  #meet(colleague: Colleague): void {
    const { port, worker } = colleague
    this.#others.set(worker, colleague)
    port.on('message', message => this.#guard(() => this.#hear(colleague, message as ColleagueMessage)))
    port.on('close', () => this.#lose(worker, colleague))
    this.#post(colleague, { kind: 'board', board: this.connections.board })
    for (const [place, names] of this.#events.aliases()) this.#post(colleague, { kind: 'alias', place, names })
  }

  /** What we had it send may not have left. */
  #lose(worker: WorkerId, colleague = this.#others.get(worker)): void {
    if (colleague === undefined || this.#others.get(worker) !== colleague) return
    this.#others.delete(worker)
    this.#dirty.delete(colleague)
    this.connections.lose(worker)
    for (const [place, alias] of this.#aliases) if (alias.worker === worker) this.#aliases.delete(place)
    colleague.port.close()
    const lost = [...this.#crossed].filter(([, { worker: to }]) => to === worker)
    this.#fail(lost.map(([id]) => id))
  }

  #hear(from: Colleague, message: ColleagueMessage): void {
    switch (message.kind) {
      case 'messages':
        Atomics.sub(from.toUs, 0, message.bytes.length)
        for (const { start, end, hop, passes } of message.items)
          this.#guard(() => this.#events.message(part(message.bytes, start, end), hop, { version: message.version, passes }))
        return this.#events.batchEnd()
      case 'sends':
        Atomics.sub(from.toUs, 0, message.bytes.length)
        for (const { start, end, hop, id } of message.items) this.#sendFor(from, hop, part(message.bytes, start, end), id)
        return this.#events.batchEnd()
      case 'failed':
        return this.#fail(message.ids)
      case 'unreachable':
        return this.#events.unreachable(message.peer)
      case 'close':
        return this.#events.closeFlow(message.flow)
      case 'board':
        return this.connections.meet(from.worker, message.board)
      case 'alias':
        return this.#noteAlias(from.worker, message.place, message.names)
      case 'news':
        return this.#events.news(message.news)
    }
  }

  #sendFor(from: Colleague, hop: Hop, bytes: Uint8Array, id: number): void {
    const failed = (): void => {
      if (id !== 0) this.#post(from, { kind: 'failed', ids: [id] })
    }
    if (!this.#events.send(hop, bytes, failed)) failed()
  }

  #remember(worker: WorkerId, transaction: Transaction): number {
    const id = ++this.#ids
    this.#crossed.set(id, { worker, transaction })
    this.#crossed.delete(id - MOST_CROSSED)
    return id
  }

  #fail(ids: readonly number[]): void {
    const transactions = ids.flatMap(id => this.#crossed.get(id)?.transaction ?? [])
    for (const id of ids) this.#crossed.delete(id)
    if (transactions.length > 0) this.#events.failed(transactions)
  }

  /** While shards of ours go to others: the calls we had stay, and when the last has ended, and everything is said again that will be, they are let go. */
  #keep(): void {
    clearInterval(this.#keeping)
    this.#keeping = undefined
    if (this.#ownership.kept.size === 0) return
    const lingerMs = this.#seat.lingerMs ?? 32_000
    this.#ownership.keep(this.#events.liveCalls())
    this.#liveAt = performance.now()
    this.#keeping = setInterval(() => this.#guard(() => this.#look(lingerMs)), Math.max(10, lingerMs / 32)).unref()
  }

  #look(lingerMs: number): void {
    const now = performance.now()
    if (this.#ownership.keep(this.#events.liveCalls()) > 0) this.#liveAt = now
    if (now - this.#liveAt < lingerMs) return
    clearInterval(this.#keeping)
    this.#say({ kind: 'released', shards: [...this.#ownership.kept] })
  }

  #say(message: WorkerMessage): void {
    if (!this.#closed) this.#seat.port.postMessage(message)
  }

  #post(colleague: Colleague | undefined, message: ColleagueMessage): void {
    const bytes = 'bytes' in message ? [message.bytes.buffer as ArrayBuffer] : []
    if (!this.#closed) colleague?.port.postMessage(message, bytes)
  }

  #guard(work: () => void): void {
    if (this.#closed) return
    try {
      work()
    } catch (error) {
      this.#events.fault(error)
    }
  }
}

/** Counts it; false when too much is under way already: that thread does something else, or hangs. */
function onTheWay({ toThem }: Colleague, bytes: Uint8Array): boolean {
  if (Atomics.load(toThem, 0) + bytes.length > MOST_UNDER_WAY) return false
  Atomics.add(toThem, 0, bytes.length)
  return true
}

/** As the parser likes it best. */
function part({ buffer, byteOffset }: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset + start, end - start)
}

const TIMER_C = 180_000
/** Bytes to one colleague that it has not taken yet. */
const MOST_UNDER_WAY = 16 << 20
const MOST_ALIASES = 10_000
/** Messages that come between the opening of the sockets and the first map. */
const MOST_EARLY = 1024
/** A connection that cannot be written to says so at once, or when it breaks. */
const MOST_CROSSED = 65_536
