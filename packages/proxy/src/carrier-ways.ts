/** Where carriers are that are known by their domain: DNS for the core, which cannot wait. RFC 3263 §4. */
import type { Uri } from '@strowger/sip-parser'
import { DnsResolver, resolveTargets, type Target } from '@strowger/sip-transport'
import type { FlowToken } from './core/route-token.ts'
import type { Policy } from './core/step.ts'

export interface CarrierWaysOptions {
  /** Name servers; none: those of the machine. */
  readonly servers: readonly string[]
  /** Where we listen: what we can speak, and from which addresses. */
  readonly own: Policy['own']
  /** The domain leads nowhere now. */
  readonly onFailure: (uri: Uri, error: unknown) => void
}

export class CarrierWays {
  readonly resolver: DnsResolver
  readonly #options: CarrierWaysOptions

  constructor(options: CarrierWaysOptions) {
    const { servers, own } = options
    const families = [...new Set(own.map(({ address }) => (address.includes(':') ? 'ipv6' : 'ipv4')))]
    this.resolver = new DnsResolver({ families, ...(servers.length > 0 && { servers }) })
    this.#options = options
  }

  /** Best first; empty when there is none. Never rejects. */
  async of(uri: Uri): Promise<readonly FlowToken[]> {
    const transports = this.#options.own.map(({ transport }) => transport)
    try {
      const targets = await resolveTargets({ uri, transports, random: Math.random }, this.resolver, { othersMs: OTHERS_MS })
      if (targets.length === 0) this.#options.onFailure(uri, undefined)
      return targets.map(flowTo)
    } catch (error) {
      this.#options.onFailure(uri, error)
      return []
    }
  }
}

function flowTo({ transport, address, port, name }: Target): FlowToken {
  return { transport, address, port, ...(name !== undefined && { name }) }
}

/** A call does not wait for the address of the second server when the first is known. */
const OTHERS_MS = 500
