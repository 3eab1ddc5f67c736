/** What went in and out, by transport and method or status, and what was dropped and why. RFC 3261 §7.1, §7.2. */

/** One line of a metric. `kind`: a method, `other` for one nobody registered, or a status. */
export interface TrafficCount {
  /** `out`: ours. */
  readonly direction: 'in' | 'out'
  /** `UDP`, `TCP`, as in Via. */
  readonly transport: string
  /** `INVITE`, `200`. */
  readonly kind: string
  /** Since the start. */
  readonly count: number
}

/** What happens besides messages that come and go, counted. RFC 3261 §18. */
export type TransportEvent =
  /** CRLF pings, pongs and empty datagrams. RFC 5626 §3.5.1, §4.4.1. */
  | 'keep-alive'
  /** STUN requests over UDP, answered, and answers to ours. RFC 5626 §5.4, §4.4.2. */
  | 'stun'
  /** Datagrams that are not SIP at all. */
  | 'noise'
  /** Malformed and answered with its status, or dropped. */
  | 'malformed-answered'
  | 'malformed-dropped'
  | 'icmp-error'
  | 'send-failed'
  /** A datagram of ours that neither queue nor kernel had room for: as good as lost on the way. */
  | 'queue-full'
  /** Beyond the limit, of all or of one source. */
  | 'connection-refused'
  /** One of ours too many: a stranger may have us open them, by answers that are due where he says. */
  | 'connection-not-opened'
  /** No message, or only the beginning of one, for too long. */
  | 'connection-slow'
  /** Not a byte for very long, or no answer to a ping. */
  | 'connection-idle'
  /** The peer does not read what we send. */
  | 'connection-stuck'
  | 'connection-error'
  /** A TLS handshake or HTTP upgrade that took too long, or came to nothing. */
  | 'handshake-slow'
  | 'handshake-failed'
  /** A WebSocket without the subprotocol, from another page or to another path, and what is no WebSocket at all. */
  | 'upgrade-refused'
  /** Beyond `messageBytes` or `headerCount`. Counted beside how it was answered. */
  | 'message-too-large'
  /** New to a UDP socket that was removed. */
  | 'listener-removed'
  | 'core-error'
  /** Somebody who looked on at the messages threw, and does so no more. */
  | 'tap-dropped'

export class Counters {
  /** Per transport a row of numbers: statuses at their own index, methods below 100; what went out after what came in. */
  readonly #traffic = new Map<string, Float64Array>()
  readonly #events = new Map<TransportEvent, number>()
  /** Of the transport counted last, which mostly is the next. */
  #last = ''
  #row: Float64Array = new Float64Array(0)

  request(direction: 'in' | 'out', transport: string, method: string): void {
    this.#add(direction, transport, methodIndex(method))
  }

  response(direction: 'in' | 'out', transport: string, status: number): void {
    this.#add(direction, transport, status)
  }

  /** From the start line of what is being sent. */
  sent(transport: string, bytes: Uint8Array): void {
    this.#add('out', transport, isResponse(bytes) ? statusIn(bytes) : methodIndexIn(bytes))
  }

  event(event: TransportEvent): void {
    this.#events.set(event, (this.#events.get(event) ?? 0) + 1)
  }

  traffic(): TrafficCount[] {
    const counts: TrafficCount[] = []
    for (const [transport, row] of this.#traffic) {
      row.forEach((count, at) => {
        if (count > 0) counts.push({ direction: at < ROW ? 'in' : 'out', transport, kind: kindAt(at % ROW), count })
      })
    }
    return counts
  }

  events(): Partial<Record<TransportEvent, number>> {
    return Object.fromEntries(this.#events)
  }

  #add(direction: 'in' | 'out', transport: string, index: number): void {
    if (transport !== this.#last) this.#turnTo(transport)
    this.#row[direction === 'in' ? index : ROW + index]!++
  }

  #turnTo(transport: string): void {
    this.#row = this.#traffic.get(transport) ?? new Float64Array(2 * ROW)
    this.#traffic.set(transport, this.#row)
    this.#last = transport
  }
}

/** Starts with `SIP/`: no method may hold a slash. RFC 3261 §7.2. */
export function isResponse(bytes: Uint8Array): boolean {
  return bytes[3] === 0x2f && bytes[0] === 0x53 && bytes[1] === 0x49 && bytes[2] === 0x50
}

/** The three digits after `SIP/2.0 ` of a response of ours. RFC 3261 §7.2. */
export function statusIn(bytes: Uint8Array): number {
  return bytes[8]! * 100 + bytes[9]! * 10 + bytes[10]! - 48 * 111
}

function methodIndexIn(bytes: Uint8Array): number {
  for (let i = 0; i < METHODS.length; i++) if (startsWithWord(bytes, METHODS[i]!)) return i
  return OTHER
}

function startsWithWord(bytes: Uint8Array, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[i] !== word.charCodeAt(i)) return false
  return bytes[word.length] === 0x20
}

/** Its place among {@link METHOD_NAMES}. */
export function methodIndex(method: string): number {
  return METHOD_INDEX.get(method) ?? OTHER
}

function kindAt(index: number): string {
  return index >= 100 ? String(index) : METHOD_NAMES[index]!
}

/** A stranger's methods must not become an endless list of metrics. */
const METHODS: readonly string[] = 'INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE'.split(
  ' ',
)
const METHOD_INDEX: ReadonlyMap<string, number> = new Map(METHODS.map((method, index) => [method, index]))
const OTHER: number = METHODS.length
/** The registered methods that are counted by name, and `other`. */
export const METHOD_NAMES: readonly string[] = [...METHODS, 'other']
/** Statuses are below 700. */
const ROW = 700
