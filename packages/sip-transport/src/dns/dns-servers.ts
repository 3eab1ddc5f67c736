/** Which name server is asked first: as configured, but those that have failed last, and from time to time one of these on trial. RFC 1034 §5.3.3. */

/** Where a name server listens. */
export interface DnsServer {
  /** Numeric. */
  readonly address: string
  /** Default 53. */
  readonly port?: number
}

export class DnsServers {
  #servers: readonly DnsServer[]
  /** When each of those that fail was heard to fail last, by {@link nameOf}. */
  readonly #failed = new Map<string, number>()
  readonly #tried = new Map<string, number>()

  constructor(servers: readonly DnsServer[]) {
    this.#servers = servers
  }

  /** What is known of those that stay is kept. */
  replace(servers: readonly DnsServer[]): void {
    this.#servers = servers
    const names = new Set(servers.map(nameOf))
    for (const known of [this.#failed, this.#tried]) for (const name of known.keys()) if (!names.has(name)) known.delete(name)
  }

  /** Healthy ones first; of the others the one whose failure is longest ago. */
  order(): readonly DnsServer[] {
    const failedAt = (server: DnsServer): number => this.#failed.get(nameOf(server)) ?? Number.NEGATIVE_INFINITY
    return [...this.#servers].sort((a, b) => compare(failedAt(a), failedAt(b)))
  }

  isHealthy(server: DnsServer): boolean {
    return !this.#failed.has(nameOf(server))
  }

  failed(server: DnsServer, now: number): void {
    this.#failed.set(nameOf(server), now)
  }

  answered(server: DnsServer): void {
    this.#failed.delete(nameOf(server))
    this.#tried.delete(nameOf(server))
  }

  /** One that failed, neither asked nor on trial for `everyMs`: it gets the next question too, but nobody waits for it. */
  onTrial(now: number, everyMs: number): DnsServer | undefined {
    const server = this.#servers.find(server => {
      const name = nameOf(server)
      const last = Math.max(this.#failed.get(name) ?? Number.POSITIVE_INFINITY, this.#tried.get(name) ?? 0)
      return now - last >= everyMs
    })
    if (server !== undefined) this.#tried.set(nameOf(server), now)
    return server
  }
}

function nameOf({ address, port = 53 }: DnsServer): string {
  return `${address} ${port}`
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}
