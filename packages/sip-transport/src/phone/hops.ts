/** Where a phone's requests go: its proxy, the way a request came, or where a URI leads. RFC 3263 §4, RFC 3261 §8.1.2. */
import type { Uri } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import type { SipEndpoint } from '../endpoint.ts'
import { type Resolver, targetsWithoutLookup, walkTargets } from '../resolver.ts'
import { type Target, type TargetQuery, type TargetTransport, TRANSPORTS } from '../targets.ts'
import { TransportError } from '../transport-error.ts'
import { leadsNowhere, uriOf } from '../uri-of.ts'

/** A user agent asks for its hop without waiting: {@link find} looks a name up before, and {@link of} remembers. */
export class Hops {
  /** Goes there first, whatever the Request-URI. */
  readonly proxy: Uri | undefined
  readonly #endpoint: SipEndpoint
  readonly #resolver: Resolver
  readonly #transports: readonly TargetTransport[]
  readonly #found = new Map<string, Hop>()

  /** @throws {TransportError} `no-target` when `proxy` is no SIP URI. */
  constructor(endpoint: SipEndpoint, resolver: Resolver, proxy?: string) {
    this.#endpoint = endpoint
    this.#resolver = resolver
    this.#transports = TRANSPORTS.filter(transport => endpoint.listensOn(transport))
    this.proxy = proxy === undefined ? undefined : proxyOf(proxy)
  }

  /** Looks up where `text` leads, by way of the proxy when there is one. @throws {TransportError} `no-target`, `no-dns`. */
  async find(text: string): Promise<Hop> {
    const uri = this.proxy ?? uriOf(text)
    if (uri.host !== '') for await (const target of walkTargets(this.#query(uri), this.#resolver)) return this.#keep(uri, target)
    throw leadsNowhere(uri)
  }

  /** `from`: how the far end's last request came. A name that was never looked up is left to the transport, which can fail. */
  of(uri: Uri, from?: Hop): Hop {
    if (this.proxy === undefined && from !== undefined) return from
    const goal = this.proxy ?? uri
    const known = this.#found.get(keyOf(goal))
    if (known !== undefined) return known
    const [transport = 'UDP'] = this.#transports
    return this.#hop(targetsWithoutLookup(this.#query(goal))?.[0] ?? { transport, address: goal.host, port: goal.port ?? 5060 })
  }

  #query(uri: Uri): TargetQuery {
    return { uri, transports: this.#transports, random: Math.random }
  }

  /** The oldest is forgotten, so that dialling many names does not fill memory. */
  #keep(uri: Uri, target: Target): Hop {
    const hop = this.#hop(target)
    const oldest = this.#found.size >= MOST_KEPT ? this.#found.keys().next().value : undefined
    if (oldest !== undefined) this.#found.delete(oldest)
    this.#found.set(keyOf(uri), hop)
    return hop
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

function keyOf({ scheme, host, port, params }: Uri): string {
  return `${scheme} ${host} ${port ?? ''} ${params.get('transport') ?? ''}`
}

const MOST_KEPT = 1000
