/**
 * Where a request goes, one try after another: a pure machine that asks for DNS records and gives targets. RFC 3263 §4, RFC 2782.
 * The transaction layer sees one hop at a time; who sends walks on when a hop fails.
 */
import type { Uri } from '@strowger/sip-parser'

export type TargetTransport = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS'

/** All of them, in the order we like them. */
export const TRANSPORTS: readonly TargetTransport[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS']

/** One address to try. RFC 3263 §4.2. */
export interface Target {
  /** As in Via. */
  readonly transport: TargetTransport
  /** Numeric. */
  readonly address: string
  /** The default of the transport where nothing else was said. */
  readonly port: number
  /** Over TLS and WSS: the domain that was asked for, which the certificate must prove. RFC 5922 §4. */
  readonly name?: string
}

/** Who is looked for, and how we can speak. RFC 3263 §4. */
export interface TargetQuery {
  /** Request-URI, or the URI of the first Route. RFC 3261 §8.1.2. */
  readonly uri: Uri
  /** What we speak, in the order we like it. Default UDP, TCP. */
  readonly transports?: readonly TargetTransport[]
  /** Length of the request, if known: see {@link needsStream}. */
  readonly messageBytes?: number
  /** 0 up to, not including, 1: the weighted choice of RFC 2782. Default: always the heaviest first. */
  readonly random?: () => number
}

/** RFC 2782. */
export interface SrvRecord {
  /** Of the host. */
  readonly name: string
  /** There. */
  readonly port: number
  /** The lowest is tried first. */
  readonly priority: number
  /** Its share among those of one priority. */
  readonly weight: number
}

/** RFC 3403 §4.1. */
export interface NaptrRecord {
  /** The lowest is taken first. */
  readonly order: number
  /** Among those of one order. */
  readonly preference: number
  /** `s`: an SRV lookup follows. */
  readonly flags: string
  /** `SIP+D2U` and the like. RFC 3263 §4.1. */
  readonly service: string
  /** The name to look up next. */
  readonly replacement: string
}

/** What a walk wants, or has found. RFC 3263 §4. */
export type TargetStep =
  /** Answer with `answer`; an error or an unknown name is an empty answer. */
  | { readonly kind: 'lookup'; readonly record: 'naptr' | 'srv' | 'address'; readonly name: string }
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'exhausted' }

/** Addresses, SRV or NAPTR records, as was asked. */
export type LookupAnswer = readonly string[] | readonly SrvRecord[] | readonly NaptrRecord[]

/**
 * RFC 3261 §18.1.1: a request of more than 1300 bytes goes over a congestion-controlled transport when the path's MTU is unknown, and
 * comes back to UDP only when the peer has no TCP. Responses follow their request, whatever their size.
 */
export function needsStream(messageBytes: number): boolean {
  return messageBytes > 1300
}

/** Call `next` for the next target (the one before has failed), or to learn which lookup to `answer` first. */
export class TargetWalk {
  readonly #query: TargetQuery
  readonly #transports: readonly TargetTransport[]
  readonly #host: string
  readonly #secure: boolean
  #foundSrv = false
  /** What is still to be done, first first. */
  #work: Work[]

  constructor(query: TargetQuery) {
    this.#query = query
    this.#secure = query.uri.scheme === 'sips'
    const wanted = query.transports ?? ['UDP', 'TCP']
    this.#transports = this.#secure ? wanted.filter(isSecure) : wanted
    this.#host = (query.uri.params.get('maddr') ?? query.uri.host).replace(/\.$/, '').toLowerCase()
    this.#work = this.#begin()
  }

  /** Until `exhausted`; a lookup is asked for again until it is answered. */
  next(): TargetStep {
    for (let work = this.#work[0]; work !== undefined; work = this.#work[0]) {
      if (work.kind === 'target') {
        this.#work.shift()
        return { kind: 'target', target: work.target }
      }
      if (work.kind !== 'host') return { kind: 'lookup', record: work.kind, name: work.name }
      const addresses = numericAddresses(work.name)
      if (addresses === undefined) return { kind: 'lookup', record: 'address', name: work.name }
      this.#replace(this.#targets(work, addresses))
    }
    return { kind: 'exhausted' }
  }

  /** To the last lookup. Throws a TypeError when there was none. */
  answer(records: LookupAnswer): void {
    const work = this.#work[0]
    if (work?.kind === 'naptr') this.#replace(this.#afterNaptr(records as readonly NaptrRecord[]))
    else if (work?.kind === 'srv') this.#replace(this.#afterSrv(work, records as readonly SrvRecord[]))
    else if (work?.kind === 'host') this.#replace(this.#targets(work, records as readonly string[]))
    else throw new TypeError('nothing was asked')
  }

  /**
   * RFC 3263 §4.1: the transport parameter, else a number or a port says UDP (or TLS), else NAPTR. A `.invalid` host is that of a browser,
   * which is reached by its flow or not at all: no name server is asked (RFC 7118 §5, RFC 6761 §6.4).
   */
  #begin(): Work[] {
    const { port, params } = this.#query.uri
    if (this.#host === 'invalid' || this.#host.endsWith('.invalid')) return []
    const named = params.get('transport')?.toUpperCase()
    if (named !== undefined) {
      const transport = this.#secure ? (SECURED[named] ?? named) : named
      return isSpoken(transport, this.#transports) ? this.#withPort(transport) : []
    }
    if (port !== undefined || numericAddresses(this.#host) !== undefined) return this.#withPort(this.#default())
    return [{ kind: 'naptr', name: this.#host }]
  }

  /** RFC 3263 §4.2: a port (or a number) needs no SRV. */
  #withPort(transport: TargetTransport | undefined): Work[] {
    if (transport === undefined) return []
    const { port } = this.#query.uri
    if (port === undefined && numericAddresses(this.#host) === undefined && hasSrv(transport)) return [this.#srv(transport, 'only')]
    return [{ kind: 'host', name: this.#host, port: port ?? defaultPort(transport), transport }]
  }

  #default(): TargetTransport | undefined {
    const usual: TargetTransport = this.#secure ? 'TLS' : 'UDP'
    return this.#transports.includes(usual) ? usual : this.#transports[0]
  }

  /**
   * Records for transports we speak, best first; none at all: the SRV of each transport. Once one of an order can be used, those of a higher
   * one must not be looked at. RFC 3263 §4.1, RFC 3403 §4.1.
   */
  #afterNaptr(records: readonly NaptrRecord[]): Work[] {
    const usable = records
      .map(record => ({ ...record, transport: NAPTR_SERVICES[record.service.toUpperCase()] }))
      .filter(record => record.flags.toLowerCase() === 's' && isSpoken(record.transport, this.#transports))
      .sort((a, b) => a.order - b.order || a.preference - b.preference)
    const [best] = usable
    if (best === undefined) return this.#withoutNaptr()
    const chosen = usable.filter(({ order }) => order === best.order)
    return chosen.map(({ replacement, transport }, i) => ({
      kind: 'srv',
      name: replacement,
      transport: transport!,
      alone: i + 1 < chosen.length ? 'more' : 'only',
    }))
  }

  /** WebSockets have no SRV records: they are tried when we speak nothing else. */
  #withoutNaptr(): Work[] {
    const sought = this.#transports.filter(hasSrv)
    if (sought.length === 0) return this.#withPort(this.#default())
    return sought.map((transport, i) => this.#srv(transport, i + 1 < sought.length ? 'more' : 'last'))
  }

  #srv(transport: SrvTransport, alone: SrvWork['alone']): SrvWork {
    return { kind: 'srv', name: SRV_PREFIX[transport] + this.#host, transport, alone }
  }

  /** Without any SRV record the name itself, at the default port; one that says `.` says that there is nobody. RFC 3263 §4.2, RFC 2782. */
  #afterSrv(work: SrvWork, records: readonly SrvRecord[]): Work[] {
    if (records.length > 0) {
      this.#foundSrv = true
      const hosts = orderSrv(records, this.#query.random)
      return hosts.map(({ name, port }) => ({ kind: 'host', name: name.toLowerCase(), port, transport: work.transport }))
    }
    if (work.alone === 'more' || this.#foundSrv) return []
    const transport = work.alone === 'only' ? work.transport : this.#default()
    return transport === undefined ? [] : [{ kind: 'host', name: this.#host, port: defaultPort(transport), transport }]
  }

  /** TCP before UDP where the message is too large for a datagram. RFC 3261 §18.1.1. */
  #targets({ transport, port }: HostWork, addresses: readonly string[]): Work[] {
    const large = needsStream(this.#query.messageBytes ?? 0) && transport === 'UDP' && this.#transports.includes('TCP')
    const order: readonly TargetTransport[] = large ? ['TCP', 'UDP'] : [transport]
    const host = bare(this.#query.uri.host.toLowerCase())
    return addresses.flatMap(address =>
      order.map(way => ({
        kind: 'target' as const,
        target: { transport: way, address, port, ...(isSecure(way) && host !== address && { name: host }) },
      })),
    )
  }

  #replace(work: readonly Work[]): void {
    this.#work = [...work, ...this.#work.slice(1)]
  }
}

/**
 * By priority; within one, by weight: a heavier one comes earlier the more often the heavier it is, one without weight almost never. `random`:
 * 0 up to, not including, 1; by default the heaviest comes first. RFC 2782.
 */
export function orderSrv(records: readonly SrvRecord[], random: () => number = () => 0): SrvRecord[] {
  const left = records
    .filter(({ name }) => name !== '' && name !== '.')
    .sort((a, b) => a.priority - b.priority || a.weight - b.weight || (a.name < b.name ? -1 : 1))
  const ordered: SrvRecord[] = []
  while (left.length > 0) {
    const same = left.filter(({ priority }) => priority === left[0]!.priority)
    const chosen = byWeight(same, random())
    ordered.push(chosen)
    left.splice(left.indexOf(chosen), 1)
  }
  return ordered
}

/** The first whose running sum is not below a number out of 0 to the whole sum; those of weight 0 stand first. RFC 2782. */
function byWeight(records: readonly SrvRecord[], random: number): SrvRecord {
  const sum = records.reduce((sum, { weight }) => sum + weight, 0)
  const point = sum - Math.floor(random * (sum + 1))
  let running = 0
  for (const record of records) {
    running += record.weight
    if (running >= point) return record
  }
  return records[0]!
}

/** Addresses that need no DNS: numbers, and `localhost` with everything under it (RFC 6761 §6.3). */
function numericAddresses(host: string): readonly string[] | undefined {
  if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1']
  const plain = bare(host)
  return plain.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(plain) ? [plain] : undefined
}

/** Without the brackets of an IPv6 reference. */
function bare(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host
}

function isSpoken(transport: string | undefined, spoken: readonly TargetTransport[]): transport is TargetTransport {
  return (spoken as readonly (string | undefined)[]).includes(transport)
}

function isSecure(transport: TargetTransport): boolean {
  return transport === 'TLS' || transport === 'WSS'
}

function hasSrv(transport: TargetTransport): transport is SrvTransport {
  return transport !== 'WS' && transport !== 'WSS'
}

/** RFC 3261 §19.1.2, RFC 6455 §3. */
function defaultPort(transport: TargetTransport): number {
  return { UDP: 5060, TCP: 5060, TLS: 5061, WS: 80, WSS: 443 }[transport]
}

type SrvTransport = Exclude<TargetTransport, 'WS' | 'WSS'>

type Work = HostWork | SrvWork | { readonly kind: 'naptr'; readonly name: string } | { readonly kind: 'target'; readonly target: Target }

interface HostWork {
  readonly kind: 'host'
  readonly name: string
  readonly port: number
  readonly transport: TargetTransport
}

interface SrvWork {
  readonly kind: 'srv'
  readonly name: string
  readonly transport: TargetTransport
  /** Without records: the host at the default port (`only`, `last`), or just the next one (`more`). */
  readonly alone: 'only' | 'more' | 'last'
}

/** What a transport parameter means in a `sips:` URI. RFC 3261 §26.2.2, RFC 7118 §5. */
const SECURED: Readonly<Record<string, TargetTransport>> = { TCP: 'TLS', WS: 'WSS' }
const SRV_PREFIX: Readonly<Record<SrvTransport, string>> = { UDP: '_sip._udp.', TCP: '_sip._tcp.', TLS: '_sips._tcp.' }
const NAPTR_SERVICES: Readonly<Record<string, SrvTransport>> = { 'SIP+D2U': 'UDP', 'SIP+D2T': 'TCP', 'SIPS+D2T': 'TLS' }
