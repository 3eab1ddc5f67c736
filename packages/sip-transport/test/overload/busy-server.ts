/** A server with a service time on virtual time, and callers who send again, give up and hang up: what an overload does, with and without control. */
import { OverloadControl } from '../../src/overload/overload-control.ts'
import { OVERLOAD_LIMITS, type OverloadLimits, type OverloadNews } from '../../src/overload/overload-limits.ts'
import { StandingQueue } from '../../src/overload/standing-queue.ts'

/** What a message costs the server, ms. Of a call 2 in all: 500 calls a second are all it can do. */
const COST = { invite: 1.2, again: 0.06, refuse: 0.08, ack: 0.2, bye: 0.6 } as const
/** Calls a second at which it is as busy as it should ever be. */
export const RATED = 450
/** Datagrams of a read; reads of a turn of the loop; datagrams the kernel holds. */
const [BATCH, ROUNDS, ROOM] = [64, 8, 4000]
/** When a request is sent again after its first time, ms (timers A and E), and when its sender gives up. */
const [AGAIN, PATIENCE_MS] = [[500, 1500, 3500], 8000]
const [ACK_MS, TALK_MS, SAMPLE_MS] = [20, 3000, 100]

export interface Call {
  readonly id: string
  readonly source: string
  readonly began: number
  state: 'asking' | 'talking' | 'ending' | 'done' | 'refused' | 'failed'
  /** When the INVITE had its final answer. */
  answered?: number
  accepted: boolean
}

type Message = 'invite' | 'ack' | 'bye'

export class BusyServer {
  now = 0
  readonly calls: Call[] = []
  readonly news: OverloadNews[] = []
  readonly control: OverloadControl | undefined
  readonly #random: () => number
  readonly #events = new Heap()
  readonly #queue: { readonly message: Message; readonly call: Call }[] = []
  readonly #standing = new StandingQueue()
  #rounds = 0
  #working = false
  #busyMs = 0
  #lastSample = 0
  #busyAtSample = 0

  constructor(random: () => number, limits: Partial<OverloadLimits> | undefined) {
    this.#random = random
    this.control = limits && new OverloadControl({ ...OVERLOAD_LIMITS, ...limits }, random)
  }

  /** Callers will come at random for so long, so many a second, each from one of these many addresses. */
  callers(ms: number, callsPerSecond: number, name: string, addresses = 1): void {
    const end = this.now + ms
    for (let at = this.now; ; ) {
      at += (-Math.log(1 - this.#random()) * 1000) / callsPerSecond
      if (at > end) break
      const source = addresses === 1 ? name : `${name} ${Math.floor(this.#random() * addresses)}`
      this.#events.push(at, () => this.#call(source))
    }
  }

  /** With callers of one address. */
  run(ms: number, callsPerSecond = 0): void {
    const end = this.now + ms
    this.callers(ms, callsPerSecond, 'one')
    for (let event = this.#events.take(end); event !== undefined; event = this.#events.take(end)) {
      this.now = event.at
      event.run()
      if (!this.#working) this.#sampleIfDue()
    }
    this.now = end
  }

  #call(source: string): void {
    const call: Call = { id: `${this.#random()}`, source, began: this.now, state: 'asking', accepted: false }
    this.calls.push(call)
    this.#ask(call, 'invite', 'asking')
  }

  #ask(call: Call, message: Message, while_: Call['state']): void {
    this.#arrives(message, call)
    for (const ms of AGAIN) this.#later(ms, () => call.state === while_ && this.#arrives(message, call))
    this.#later(PATIENCE_MS, () => {
      if (call.state === while_) call.state = 'failed'
    })
  }

  #arrives(message: Message, call: Call): void {
    if (this.#queue.length < ROOM) this.#queue.push({ message, call })
    if (!this.#working) this.#turn()
  }

  #turn(): void {
    this.#rounds = 0
    this.#round()
  }

  #round(): void {
    const batch = this.#queue.splice(0, BATCH)
    this.#working = batch.length > 0
    if (!this.#working) return
    this.#standing.read(this.now, batch.length === BATCH)
    let took = 0
    for (const { message, call } of batch) {
      took += this.#serve(message, call, took)
    }
    this.#busyMs += took
    this.#later(took, () => {
      if (++this.#rounds < ROUNDS && this.#queue.length > 0) return this.#round()
      this.#sampleIfDue()
      this.#turn()
    })
  }

  /** What it costs; what becomes of it is seen when it is done. */
  #serve(message: Message, call: Call, before: number): number {
    const done = (ms: number, then: () => void): number => {
      this.#later(before + ms, then)
      return ms
    }
    if (message === 'ack') return COST.ack
    if (message === 'bye' && call.state !== 'ending') return COST.again
    if (message === 'bye') return done(COST.bye, () => call.state === 'ending' && this.#end(call, 'done'))
    if (call.accepted) return COST.again
    if (this.control?.refuses(call.id, call.source, this.#standing.standingMs) !== undefined) {
      return done(COST.refuse, () => call.state === 'asking' && this.#end(call, 'refused'))
    }
    call.accepted = true
    return done(COST.invite, () => {
      // Given up: what was done for it was in vain.
      if (call.state !== 'asking') return
      call.state = 'talking'
      call.answered = this.now
      this.#later(ACK_MS, () => this.#arrives('ack', call))
      this.#later(TALK_MS, () => {
        call.state = 'ending'
        this.#ask(call, 'bye', 'ending')
      })
    })
  }

  #end(call: Call, state: 'done' | 'refused'): void {
    call.state = state
    call.answered ??= this.now
  }

  #sampleIfDue(): void {
    const since = this.now - this.#lastSample
    if (since < SAMPLE_MS || this.control === undefined) return
    const occupancy = Math.min(1, (this.#busyMs - this.#busyAtSample) / since)
    const load = { now: this.now, lagMs: since - SAMPLE_MS, queueMs: this.#standing.standingMs, occupancy, transactions: 0, memory: 0 }
    const news = this.control.sample(load)
    if (news !== undefined) this.news.push(news)
    this.#lastSample = this.now
    this.#busyAtSample = this.#busyMs
  }

  #later(ms: number, run: () => unknown): void {
    this.#events.push(this.now + ms, run)
  }
}

interface Event {
  readonly at: number
  readonly run: () => unknown
}

/** A binary heap by time. */
class Heap {
  readonly #events: Event[] = []

  push(at: number, run: () => unknown): void {
    const events = this.#events
    let i = events.push({ at, run }) - 1
    for (let up = (i - 1) >> 1; i > 0 && events[up]!.at > events[i]!.at; i = up, up = (i - 1) >> 1) this.#swap(i, up)
  }

  take(until: number): Event | undefined {
    const events = this.#events
    const [first] = events
    if (first === undefined || first.at > until) return undefined
    const last = events.pop()!
    if (events.length === 0) return first
    events[0] = last
    for (let i = 0, down = 1; down < events.length; i = down, down = 2 * i + 1) {
      if (down + 1 < events.length && events[down + 1]!.at < events[down]!.at) down++
      if (events[i]!.at <= events[down]!.at) break
      this.#swap(i, down)
    }
    return first
  }

  #swap(i: number, j: number): void {
    const events = this.#events
    ;[events[i], events[j]] = [events[j]!, events[i]!]
  }
}
