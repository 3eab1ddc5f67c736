/** What went in and out, by transport and method or status, and what was dropped and why. RFC 3261 §7.1, §7.2. */

/** One line of a metric. `kind`: a method, `other` for one nobody registered, or a status. */
export interface TrafficCount {
  readonly direction: 'in' | 'out'
  readonly transport: string
  readonly kind: string
  readonly count: number
}

export type TransportEvent =
  /** CRLF pings, pongs and empty datagrams. RFC 5626 §3.5.1, §4.4.1. */
  | 'keep-alive'
  /** Datagrams that are not SIP at all. */
  | 'noise'
  /** Malformed and answered with its status, or dropped. */
  | 'malformed-answered'
  | 'malformed-dropped'
  | 'icmp-error'
  | 'send-failed'
  /** A datagram of ours that neither queue nor kernel had room for: as good as lost on the way. */
  | 'queue-full'
  | 'connection-refused'
  | 'connection-slow'
  | 'connection-error'
  | 'core-error'

export class Counters {
  readonly #traffic = new Map<string, number>()
  readonly #events = new Map<TransportEvent, number>()

  request(direction: 'in' | 'out', transport: string, method: string): void {
    this.#add(`${direction} ${transport} ${METHODS.has(method) ? method : 'other'}`)
  }

  response(direction: 'in' | 'out', transport: string, status: number): void {
    this.#add(`${direction} ${transport} ${status}`)
  }

  /** From the start line of what is being sent. */
  sent(transport: string, bytes: Uint8Array): void {
    if (isResponse(bytes)) this.response('out', transport, bytes[8]! * 100 + bytes[9]! * 10 + bytes[10]! - 48 * 111)
    else this.request('out', transport, methodOf(bytes))
  }

  event(event: TransportEvent): void {
    this.#events.set(event, (this.#events.get(event) ?? 0) + 1)
  }

  traffic(): TrafficCount[] {
    return [...this.#traffic].map(([key, count]) => {
      const [direction, transport = '', kind = ''] = key.split(' ')
      return { direction: direction === 'in' ? 'in' : 'out', transport, kind, count }
    })
  }

  events(): Partial<Record<TransportEvent, number>> {
    return Object.fromEntries(this.#events)
  }

  #add(key: string): void {
    this.#traffic.set(key, (this.#traffic.get(key) ?? 0) + 1)
  }
}

/** Starts with `SIP/`: no method may hold a slash. RFC 3261 §7.2. */
export function isResponse(bytes: Uint8Array): boolean {
  return bytes[3] === 0x2f && bytes[0] === 0x53 && bytes[1] === 0x49 && bytes[2] === 0x50
}

function methodOf(bytes: Uint8Array): string {
  let method = ''
  for (let i = 0; i < 16 && bytes[i] !== 0x20 && i < bytes.length; i++) method += String.fromCharCode(bytes[i]!)
  return method
}

/** A stranger's methods must not become an endless list of metrics. */
const METHODS: ReadonlySet<string> = new Set(
  'INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE'.split(' '),
)
