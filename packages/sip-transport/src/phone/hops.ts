/** Where a phone's requests go: its proxy, the way a request came, or where a URI leads. RFC 3263 §4, RFC 3261 §8.1.2. */
import { formatUri, parseUri, type Uri } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import type { SipEndpoint } from '../endpoint.ts'
import { type Resolver, resolveTargets, targetsWithoutLookup } from '../resolver.ts'
import type { Target, TargetQuery } from '../targets.ts'
import { TransportError } from '../transport-error.ts'

/** A user agent asks for its hop without waiting: {@link find} looks a name up before, and {@link of} remembers. */
export class Hops {
  readonly #endpoint: SipEndpoint
  readonly #resolver: Resolver
  readonly #proxy: Uri | undefined
  readonly #found = new Map<string, Hop>()

  /** @throws {TransportError} `no-target` when `proxy` is no URI. */
  constructor(endpoint: SipEndpoint, resolver: Resolver, proxy?: string) {
    this.#endpoint = endpoint
    this.#resolver = resolver
    this.#proxy = proxy === undefined ? undefined : uriOf(proxy)
  }

  /** Looks up where `text` leads, by way of the proxy when there is one. @throws {TransportError} `no-target`. */
  async find(text: string): Promise<Hop> {
    const uri = this.#proxy ?? uriOf(text)
    const [target] = await resolveTargets(this.#query(uri), this.#resolver)
    if (target === undefined) throw new TransportError('no-target', `${formatUri(uri)} leads to no address we can send to`)
    return this.#keep(uri, target)
  }

  /** `from`: how the far end's last request came. A name that was never looked up is left to the transport, which can fail. */
  of(uri: Uri, from?: Hop): Hop {
    if (this.#proxy === undefined && from !== undefined) return from
    const goal = this.#proxy ?? uri
    const known = this.#found.get(keyOf(goal))
    if (known !== undefined) return known
    const target = targetsWithoutLookup(this.#query(goal))?.[0] ?? {
      transport: 'UDP' as const,
      address: goal.host,
      port: goal.port ?? 5060,
    }
    return this.#hop(target)
  }

  #query(uri: Uri): TargetQuery {
    const transports = (['UDP', 'TCP'] as const).filter(transport => this.#endpoint.listensOn(transport))
    return { uri, transports, random: Math.random }
  }

  /** The oldest is forgotten, so that dialling many names does not fill memory. */
  #keep(uri: Uri, target: Target): Hop {
    const hop = this.#hop(target)
    const oldest = this.#found.size >= MOST_KEPT ? this.#found.keys().next().value : undefined
    if (oldest !== undefined) this.#found.delete(oldest)
    this.#found.set(keyOf(uri), hop)
    return hop
  }

  #hop({ transport, address, port }: Target): Hop {
    const remote = { address, port }
    const usable = this.#endpoint.listensOn(transport) ? transport : transport === 'UDP' ? 'TCP' : 'UDP'
    return { transport: usable, remote, local: this.#endpoint.localFor(usable, remote) }
  }
}

function keyOf({ scheme, host, port, params }: Uri): string {
  return `${scheme} ${host} ${port ?? ''} ${params.get('transport') ?? ''}`
}

function uriOf(text: string): Uri {
  const uri = parseUri(text)
  if (uri === undefined) throw new TransportError('no-target', `"${text}" is not a URI`)
  return uri
}

const MOST_KEPT = 1000
