/**
 * DNS for SIP: answers are kept as long as they hold, a name is asked for once at a time, servers that do not answer stop no call.
 * RFC 3263 §4, RFC 1035 §7, RFC 2308 §5, §7, RFC 8767 §4.
 */
import { Resolver as SystemDns } from 'node:dns'
import type { Resolver } from '../resolver.ts'
import type { NaptrRecord, SrvRecord } from '../targets.ts'
import { TransportError } from '../transport-error.ts'
import { type Ask, ask } from './dns-ask.ts'
import { DnsCache, type DnsEntry } from './dns-cache.ts'
import { type DnsClock, machineClock } from './dns-clock.ts'
import { lookUp } from './dns-lookup.ts'
import type { DnsQuestion, DnsRecord } from './dns-message.ts'
import { type DnsServer, DnsServers } from './dns-servers.ts'
import { HostsFile } from './hosts-file.ts'

/** What a resolver counts. */
export type DnsEvent =
  /** Sent to a server. */
  | 'dns-queries'
  /** Servers that have not answered within `tryMs`. */
  | 'dns-timeouts'
  /** Servers that refused, or are not there. */
  | 'dns-failures'
  /** Answered from memory. */
  | 'dns-cache-hits'
  /** Answered from memory although it holds no longer: the servers are silent. */
  | 'dns-stale'

/** How names are looked up. */
export interface DnsOptions {
  /** `1.2.3.4`, `1.2.3.4:5353`, `[::1]:53`. Default: those of this machine, `/etc/resolv.conf`, looked at again every 30 s. */
  readonly servers?: readonly string[] | undefined
  /** Which addresses are wanted, best first. Default IPv4, then IPv6. */
  readonly families?: readonly ('ipv4' | 'ipv6')[] | undefined
  /** Names and types remembered. Default 10 000. */
  readonly cacheSize?: number | undefined
  /** For one server, until the next is asked as well, ms. Default 1000. */
  readonly tryMs?: number | undefined
  /** For one name, whatever the servers do, ms. Default 4000. */
  readonly lookupMs?: number | undefined
  /** An answer that holds no longer is used when there is no newer one after this, ms. Default 500. RFC 8767 §5. */
  readonly staleAfterMs?: number | undefined
  /** And for how long it may be used at all, s. Default 86 400, a day; 0: never. RFC 8767 §4. */
  readonly staleSeconds?: number | undefined
  /** Looked into before DNS. Default `/etc/hosts`; empty: none. */
  readonly hostsFile?: string | undefined
  /** For tests. */
  readonly ask?: Ask | undefined
  /** For tests. */
  readonly clock?: DnsClock | undefined
}

/** Stands between whoever walks targets and the name servers; one serves a whole process. */
export class DnsResolver implements Resolver {
  readonly #options: DnsOptions
  readonly #clock: DnsClock
  readonly #servers: DnsServers
  readonly #cache: DnsCache
  readonly #hosts: HostsFile
  readonly #flights = new Map<string, Promise<readonly DnsRecord[]>>()
  readonly #counts: Record<DnsEvent, number> = {
    'dns-queries': 0,
    'dns-timeouts': 0,
    'dns-failures': 0,
    'dns-cache-hits': 0,
    'dns-stale': 0,
  }
  #serversReadAt = Number.NEGATIVE_INFINITY

  constructor(options: DnsOptions = {}) {
    this.#options = options
    this.#clock = options.clock ?? machineClock
    this.#servers = new DnsServers((options.servers ?? []).map(parseServer))
    this.#cache = new DnsCache(options.cacheSize ?? 10_000)
    this.#hosts = new HostsFile(options.hostsFile)
  }

  /** RFC 3403 §4.1. @throws {TransportError} `no-dns`. */
  naptr(name: string): Promise<readonly NaptrRecord[]> {
    return this.#find({ name: plain(name), type: 'NAPTR' }) as Promise<readonly NaptrRecord[]>
  }

  /** RFC 2782. @throws {TransportError} `no-dns`. */
  srv(name: string): Promise<readonly SrvRecord[]> {
    return this.#find({ name: plain(name), type: 'SRV' }) as Promise<readonly SrvRecord[]>
  }

  /** Of the hosts file, or A and AAAA, in the order of `families`. @throws {TransportError} `no-dns`. */
  async address(name: string): Promise<readonly string[]> {
    const { families = ['ipv4', 'ipv6'] } = this.#options
    const known = await this.#hosts.addressesOf(plain(name))
    if (known.length > 0) return families.flatMap(family => known.filter(address => address.includes(':') === (family === 'ipv6')))
    const asked = families.map(family => this.#find({ name: plain(name), type: family === 'ipv4' ? 'A' : 'AAAA' }))
    const answers = await Promise.allSettled(asked)
    const found = answers.flatMap(answer => (answer.status === 'fulfilled' ? (answer.value as readonly string[]) : []))
    const failed = answers.find(answer => answer.status === 'rejected')
    if (found.length === 0 && failed !== undefined) throw failed.reason
    return found
  }

  /** Since the start. */
  stats(): Readonly<Record<DnsEvent, number>> {
    return { ...this.#counts }
  }

  /** Everything is asked for again. */
  forget(): void {
    this.#cache.clear()
  }

  /** @throws {TransportError} `no-dns` when no server answers and none has before. */
  #find(question: DnsQuestion): Promise<readonly DnsRecord[]> {
    const key = `${question.type} ${question.name}`
    const entry = this.#cache.get(key)
    const now = this.#clock.now()
    if (entry !== undefined && now < Math.max(entry.freshUntil, entry.askAgainAt)) return this.#remembered(entry, now, question)
    const flight = this.#flights.get(key) ?? this.#begin(key, question, entry)
    return entry === undefined || entry.unanswered || now >= entry.staleUntil ? flight : this.#soon(flight, entry)
  }

  async #remembered(entry: DnsEntry, now: number, question: DnsQuestion): Promise<readonly DnsRecord[]> {
    if (entry.unanswered) throw silence(question)
    this.#counts[now < entry.freshUntil ? 'dns-cache-hits' : 'dns-stale']++
    return entry.records
  }

  /** The new answer if it comes soon, else the old one. */
  #soon(flight: Promise<readonly DnsRecord[]>, { records }: DnsEntry): Promise<readonly DnsRecord[]> {
    return new Promise(resolve => {
      const cancel = this.#clock.after(this.#options.staleAfterMs ?? 500, () => {
        this.#counts['dns-stale']++
        resolve(records)
      })
      flight.then(resolve, () => resolve(records)).finally(cancel)
    })
  }

  #begin(key: string, question: DnsQuestion, old: DnsEntry | undefined): Promise<readonly DnsRecord[]> {
    if (this.#flights.size >= MOST_FLIGHTS) return Promise.reject(silence(question))
    const flight = this.#ask(key, question, old).finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }

  async #ask(key: string, question: DnsQuestion, old: DnsEntry | undefined): Promise<readonly DnsRecord[]> {
    const { tryMs = 1000, lookupMs = 4000, staleSeconds = DAY_SECONDS } = this.#options
    this.#readServers()
    const answer = await lookUp(question, {
      ask: this.#options.ask ?? ask,
      servers: this.#servers,
      clock: this.#clock,
      patience: { tryMs, lookupMs, trialMs: TRIAL_MS },
      count: event => {
        this.#counts[event]++
      },
    })
    const now = this.#clock.now()
    if (answer === undefined) return this.#unanswered(key, question, old, now)
    const { records } = answer
    const freshUntil = now + 1000 * lifetime(records.length > 0, answer.ttlSeconds)
    this.#cache.set(key, { records, freshUntil, staleUntil: freshUntil + 1000 * staleSeconds, askAgainAt: 0 })
    return records
  }

  /** Who asks next does not wait as long again. RFC 2308 §7.2, RFC 8767 §5. */
  #unanswered(key: string, question: DnsQuestion, old: DnsEntry | undefined, now: number): readonly DnsRecord[] {
    if (old !== undefined && !old.unanswered && now < old.staleUntil) {
      this.#cache.set(key, { ...old, askAgainAt: now + STALE_AGAIN_MS })
      this.#counts['dns-stale']++
      return old.records
    }
    this.#cache.set(key, { records: [], freshUntil: 0, staleUntil: 0, askAgainAt: now + SILENT_AGAIN_MS, unanswered: true })
    throw silence(question)
  }

  #readServers(): void {
    const now = this.#clock.now()
    if (this.#options.servers !== undefined || now - this.#serversReadAt < TRIAL_MS) return
    this.#serversReadAt = now
    this.#servers.replace(new SystemDns().getServers().map(parseServer))
  }
}

/** A negative answer without SOA says not how long it holds. Deviation: it is kept a little anyway (RFC 2308 §5), or a name costs a query for each call. */
function lifetime(found: boolean, ttlSeconds: number | undefined): number {
  if (ttlSeconds === undefined) return NEGATIVE_SECONDS
  return Math.min(ttlSeconds, found ? DAY_SECONDS : MOST_NEGATIVE_SECONDS)
}

function parseServer(text: string): DnsServer {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  return { address: bracketed ?? plain ?? text, ...(port !== undefined && { port: Number(port) }) }
}

function plain(name: string): string {
  return name.replace(/\.$/, '').toLowerCase()
}

function silence({ name, type }: DnsQuestion): TransportError {
  return new TransportError('no-dns', `no name server answers for ${name} (${type})`)
}

const DAY_SECONDS = 86_400
/** RFC 2308 §5 allows hours; a carrier that was just set up should not wait as long. */
const MOST_NEGATIVE_SECONDS = 300
const NEGATIVE_SECONDS = 30
const STALE_AGAIN_MS = 30_000
const SILENT_AGAIN_MS = 5000
const TRIAL_MS = 30_000
/** Different names asked for at once; more are refused. */
const MOST_FLIGHTS = 1000
