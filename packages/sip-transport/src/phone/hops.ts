/** Where a phone's requests go: its proxy, the way a request came, or where a URI leads. RFC 3263 §4, RFC 3261 §8.1.2, §18.1.1. */
import type { MessageEdit, Uri } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import type { SipEndpoint } from '../endpoint.ts'
import { type Resolver, resolveTargets, targetsWithoutLookup } from '../resolver.ts'
import { needsStream, type Target, type TargetQuery, type TargetTransport, TRANSPORTS } from '../targets.ts'
import { TransportError } from '../transport-error.ts'
import { leadsNowhere, uriOf } from '../uri-of.ts'

/** A user agent asks for its hop without waiting: {@link find} looks a name up before, and {@link of} remembers. */
export class Hops {
  /** Goes there first, whatever the Request-URI. */
  readonly proxy: Uri | undefined
  readonly #endpoint: SipEndpoint
  readonly #resolver: Resolver
  readonly #transports: readonly TargetTransport[]
  /** The ways to a URI, best first. */
  readonly #found = new Map<string, readonly Hop[]>()
  /** Places where TCP was tried instead of UDP for a size, and until when it is not tried again where it has failed, ms. */
  readonly #streams = new Map<string, { readonly datagram: Hop; readonly refusedUntil: number }>()

  /** @throws {TransportError} `no-target` when `proxy` is no SIP URI. */
  constructor(endpoint: SipEndpoint, resolver: Resolver, proxy?: string) {
    this.#endpoint = endpoint
    this.#resolver = resolver
    this.#transports = TRANSPORTS.filter(transport => endpoint.listensOn(transport))
    this.proxy = proxy === undefined ? undefined : proxyOf(proxy)
  }

  /** Looks up where `text` leads, by way of the proxy when there is one. @throws {TransportError} `no-target`, `no-dns`. */
  async find(text: string): Promise<void> {
    const uri = this.proxy ?? uriOf(text)
    const targets = uri.host === '' ? [] : await resolveTargets(this.#query(uri), this.#resolver, { othersMs: OTHERS_MS })
    if (targets.length === 0) throw leadsNowhere(uri)
    keep(
      this.#found,
      keyOf(uri),
      targets.map(target => this.#hop(target)),
    )
  }

  /** `from`: how the far end's last request came. A name that was never looked up is left to the transport, which can fail. */
  of(uri: Uri, from?: Hop, request?: MessageEdit): Hop {
    const hop = this.#usual(uri, from)
    const mayMatter = hop.transport === 'UDP' && request !== undefined && this.#transports.includes('TCP')
    return mayMatter && needsStream(request.toBytes().length + VIA_BYTES) ? this.#stream(hop) : hop
  }

  /** The first that was not tried; who has failed comes last from now on. RFC 3263 §4.3. */
  elsewhere(uri: Uri, tried: readonly Hop[]): Hop | undefined {
    const failed = tried.at(-1)
    const stream = failed?.transport === 'TCP' ? this.#streams.get(placeOf(failed)) : undefined
    if (failed !== undefined && stream !== undefined && !tried.includes(stream.datagram)) {
      keep(this.#streams, placeOf(failed), { ...stream, refusedUntil: this.#endpoint.now() + REFUSED_MS })
      return stream.datagram
    }
    const key = keyOf(this.proxy ?? uri)
    const known = this.#found.get(key) ?? []
    const isTried = (hop: Hop): boolean => tried.some(other => other.transport === hop.transport && placeOf(other) === placeOf(hop))
    const left = known.filter(hop => !isTried(hop))
    if (left.length > 0) this.#found.set(key, [...left, ...known.filter(isTried)])
    return left[0]
  }

  #usual(uri: Uri, from: Hop | undefined): Hop {
    if (this.proxy === undefined && from !== undefined) return from
    const goal = this.proxy ?? uri
    const [known] = this.#found.get(keyOf(goal)) ?? []
    if (known !== undefined) return known
    const [transport = 'UDP'] = this.#transports
    return this.#hop(targetsWithoutLookup(this.#query(goal))?.[0] ?? { transport, address: goal.host, port: goal.port ?? 5060 })
  }

  /** By TCP to the same place, unless there was none a while ago. */
  #stream(datagram: Hop): Hop {
    const place = placeOf(datagram)
    const { refusedUntil = 0 } = this.#streams.get(place) ?? {}
    if (refusedUntil > this.#endpoint.now()) return datagram
    keep(this.#streams, place, { datagram, refusedUntil })
    return { transport: 'TCP', remote: datagram.remote, local: this.#endpoint.localFor('TCP', datagram.remote) }
  }

  #query(uri: Uri): TargetQuery {
    return { uri, transports: this.#transports, random: Math.random }
  }

  #hop({ transport, ...remote }: Target): Hop {
    return { transport, remote, local: this.#endpoint.localFor(transport, remote) }
  }
}

function proxyOf(text: string): Uri {
  const uri = uriOf(text)
  if (uri.scheme === 'sip' || uri.scheme === 'sips') return uri
  throw new TransportError('no-target', `the proxy "${text}" is not a sip: or sips: URI`)
}

/** The oldest is forgotten, so that dialling many names does not fill memory. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  const oldest = map.size >= MOST_KEPT ? map.keys().next().value : undefined
  if (oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}

function keyOf({ scheme, host, port, params }: Uri): string {
  return `${scheme} ${host} ${port ?? ''} ${params.get('transport') ?? ''}`
}

function placeOf({ remote: { address, port } }: Hop): string {
  return `${address} ${port}`
}

const MOST_KEPT = 1000
/** A call does not wait for the address of the second server when the first is known. */
const OTHERS_MS = 500
/** What the Via adds that is not written yet. */
const VIA_BYTES = 120
const REFUSED_MS = 600_000
