/** Moves RTP and RTCP in native threads; JavaScript never sees a packet. RFC 3550, RFC 4961, RFC 5761. */
import { randomUUID } from 'node:crypto'
import type { Endpoint } from './address-rules.ts'
import { Call, type CallHome } from './call.ts'
import { Counters, type StreamStats } from './counters.ts'
import { EventQueue } from './event-queue.ts'
import { Exchange } from './exchange.ts'
import type { Media, MediaAddress } from './media.ts'
import { type EngineListener, startEngine } from './native-engine.ts'
import type { Party } from './party.ts'
import { translated } from './relay-error.ts'

/** Interfaces, ports and threads of a relay. */
export interface RelayOptions {
  /** Local addresses by name, IPv4 and IPv6; `advertised` goes into the SDP where the local one cannot be reached. */
  readonly interfaces: Readonly<Record<string, { readonly address: string; readonly advertised?: string }>>
  /** Inclusive. `from` is rounded up to even. Keep it outside the kernel's ephemeral range. */
  readonly ports: { readonly from: number; readonly to: number }
  /** Packet threads. Default 1. */
  readonly threads?: number
  /** How long the ports of a closed stream rest, so that late packets meet nobody. Default 1000. */
  readonly restMs?: number
  /** Under load a thread leaves its sockets alone for so many µs at most, so that one wake-up brings packets of many streams. 0 never. Default 250. */
  readonly shareWakeUpsUs?: number
  /** So many closed pairs of ports stay bound for the next calls: two open files each. Default 1024. */
  readonly keptPairs?: number
  /**
   * Linux leaves plain RTP of learned streams to the kernel, where this process may load BPF: a folder of this relay's own below `bpffs`
   * for what it pins there. Default none: all packets pass the threads.
   */
  readonly fastPath?: string
  /** Where bpffs is mounted, or is to be. Default `/sys/fs/bpf`. */
  readonly bpffs?: string
  /** @internal What the kernel forwards for an earlier process it goes on with until `settle`. Default false: it ends at once. */
  readonly inherits?: boolean
  /** Addresses of the house that speak something else than RTP; no SDP can make the relay send to them. */
  readonly notMedia?: readonly Endpoint[]
}

/** What happened to a stream: its source was learned, it fell silent, a digit was pressed, or the reader was too slow. */
export type RelayEvent =
  | { readonly kind: 'learned'; readonly call: Call; readonly party: Party; readonly media: Media; readonly remote: MediaAddress }
  | { readonly kind: 'silent'; readonly call: Call; readonly party: Party; readonly forMs: number }
  /** A telephone event ended (RFC 4733 §3.2); told where `eventType` is announced. */
  | {
      readonly kind: 'digit'
      readonly call: Call
      readonly party: Party
      readonly media: Media
      readonly event: number
      readonly forMs: number
    }
  /** The reader was too slow: this many events were dropped, oldest first. */
  | { readonly kind: 'dropped'; readonly count: number }

/** Totals for gauges; packets, bytes and foreign since the start. */
export interface RelayCounters {
  /** Calls that are open. */
  readonly calls: number
  /** Parties of the open calls. */
  readonly parties: number
  /** Pairs of ports. */
  readonly ports: number
  /** Packets received, RTP and RTCP. */
  readonly packets: number
  /** Payload bytes received, RTP and RTCP. */
  readonly bytes: number
  /** Packets dropped because they came from somebody else than the peer of their stream. */
  readonly foreign: number
}

/** Two parties with one media each, joined both ways. */
export interface Pipe {
  /** The one side. */
  readonly a: Media
  /** The other side. */
  readonly b: Media
  /** Frees the ports; what each side sent. */
  close(): { readonly a: StreamStats; readonly b: StreamStats }
}

/** One engine with its threads and ports. Every method returns at once; packets move in native threads. */
export class Relay {
  readonly #exchange: Exchange
  readonly #names: readonly string[]
  readonly #threads: number
  readonly #events: EventQueue<RelayEvent>
  readonly #calls: Set<Call> = new Set()
  readonly #home: CallHome
  #opened = 0

  /** @throws {RelayError} `address-unavailable` when an address is not local. */
  static async start(options: RelayOptions): Promise<Relay> {
    return new Relay(options)
  }

  private constructor(options: RelayOptions) {
    const {
      interfaces,
      ports,
      threads = 1,
      restMs = 1000,
      notMedia = [],
      shareWakeUpsUs = 250,
      keptPairs = 1024,
      fastPath = '',
      bpffs = '/sys/fs/bpf',
      inherits = false,
    } = options
    const locals = Object.values(interfaces).map(({ address, advertised = address }) => ({ address, advertised }))
    if (locals.length === 0) throw new TypeError('A relay needs one interface at least.')
    const engine = translated(() =>
      startEngine(
        {
          addresses: locals.map(one => one.address),
          firstPort: ports.from,
          lastPort: ports.to,
          threads,
          restMs,
          shareWakeUpsUs,
          keptPairs,
          fastPath,
          bpffs,
          inherits,
        },
        this.#hear,
      ),
    )
    this.#names = Object.keys(interfaces)
    this.#threads = threads
    this.#events = new EventQueue<RelayEvent>(EVENTS_KEPT, count => ({ kind: 'dropped', count }))
    this.#exchange = new Exchange(engine, new Counters(engine.counters(), threads), locals, notMedia)
    this.#home = {
      exchange: this.#exchange,
      interfaceOf: name => this.#interfaceOf(name),
      closed: call => void this.#calls.delete(call),
    }
  }

  /** A new call, served by one thread: that of `beside`, where the media of the two may meet, for which they need the same. */
  open(id: string = randomUUID(), beside?: Call): Call {
    const call = new Call(this.#home, id, beside?.thread ?? this.#opened++ % this.#threads)
    this.#calls.add(call)
    return call
  }

  /** Sugar for two parties with one media each, joined both ways. @throws {RelayError} `ports-exhausted`. */
  pipe(): Pipe {
    const call = this.open()
    try {
      const [one, two] = [call.party('a'), call.party('b')]
      call.joinTo(one, two)
      call.joinTo(two, one)
      const [a, b] = [one.media[0]!, two.media[0]!]
      return {
        a,
        b,
        close: () => {
          call.close()
          return { a: a.received, b: b.received }
        },
      }
    } catch (error) {
      call.close()
      throw error
    }
  }

  /** For one reader. Ends when the relay is closed. */
  get events(): AsyncIterable<RelayEvent> {
    return this.#events
  }

  /** Why the kernel forwards nothing though it was asked to; empty when it does. */
  get fastPathTrouble(): string {
    return this.#exchange.engine.fastPathTrouble()
  }

  /** @internal All that an earlier process had is there again: what else the kernel forwards for it ends. */
  settle(): void {
    this.#exchange.engine.settle()
  }

  /** Totals of the whole relay, for gauges. */
  counters(): RelayCounters {
    let parties = 0
    for (const call of this.#calls) parties += call.parties.size
    return { calls: this.#calls.size, parties, ports: this.#exchange.engine.portsInUse(), ...this.#exchange.counters.totals() }
  }

  /** Pairs of RTP and RTCP ports that calls have now. */
  get portsInUse(): number {
    return this.#exchange.engine.portsInUse()
  }

  /** Ends the threads and all calls. */
  async close(): Promise<void> {
    if (this.#exchange.closed) return
    for (const call of [...this.#calls]) call.close()
    this.#exchange.closed = true
    this.#exchange.engine.stop()
    this.#events.end()
  }

  #interfaceOf(name: string | undefined): number {
    const at = name === undefined ? 0 : this.#names.indexOf(name)
    if (at < 0) throw new TypeError(`No interface "${name}"; there are ${this.#names.join(', ')}.`)
    return at
  }

  readonly #hear: EngineListener = (kind, stream, generation, address, port, rtcp, forMs, event) => {
    const media = this.#exchange.find(stream, generation)
    const found = media?.owner
    if (!media || !found) return
    if (kind === 'learned' && !rtcp) {
      const remote = { address, port }
      media.learn(remote)
      this.#events.push({ kind, ...found, media, remote })
    }
    if (kind === 'digit') this.#events.push({ kind, ...found, media, event, forMs })
    if (kind === 'silent' && found.party.silent(Date.now())) this.#events.push({ kind, ...found, forMs })
  }
}

const EVENTS_KEPT = 1000
