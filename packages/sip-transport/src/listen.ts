/** The small door: requests as an async iterable, a request as one promise. RFC 3261 §8.1, §8.2, RFC 3263 §4.3. */
import { responseTo, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import type { Hop, Incoming, ServerTransaction } from '@strowger/sip-transaction'
import { nodeToken } from '@strowger/sip-transaction/node'
import { defined } from './defined.ts'
import { type CoreOutput, type EndpointOptions, SipEndpoint } from './endpoint.ts'
import { Exchange } from './exchange.ts'
import { formatListen, type ListenAddress, parseListen } from './listen-address.ts'
import { bound, type ListenPlace, listenedOn } from './listen-uri.ts'
import { type HeaderTexts, withParts } from './parts.ts'
import { Queue } from './queue.ts'
import type { OutgoingRequest } from './requests.ts'
import { nodeResolver, type Resolver } from './resolver.ts'
import type { TlsOptions } from './tls-options.ts'
import { type WorkerPart, type WorkersOptions, workerPart } from './workers/worker-threads.ts'
import type { WebSocketOptions } from './ws-door.ts'

/** Where to listen, and how. RFC 3261 §18. */
export interface ListenOptions {
  /**
   * `udp:ADDRESS:PORT`, or `tcp:`, `tls:`, `ws:`, `wss:`; port 0 takes a free one, IPv6 in brackets. Without `:PORT` nothing is listened on,
   * connections are only opened (not `udp:`).
   */
  readonly on: readonly [string, ...string[]]
  /** For `tls:` and `wss:`: certificates, and whom we believe. */
  readonly tls?: TlsOptions | undefined
  /** For `ws:` and `wss:`: from which pages, to which path. */
  readonly webSocket?: WebSocketOptions | undefined
  /** For `udp:`: SO_REUSEPORT, and `shareWakeUpsUs`, which trades up to 250 µs under load for CPU. */
  readonly udp?: EndpointOptions['udp']
  /** Closes the endpoint. */
  readonly signal?: AbortSignal | undefined
  /** DNS. Default `nodeResolver`. */
  readonly resolver?: Resolver | undefined
  /**
   * Several threads on the same ports: `program` runs in each, calls `listen` with the same options, and gets the requests of the Call-IDs that are its
   * thread's. Once in a program. Native only.
   */
  readonly workers?: WorkersOptions | undefined
}

/** What a response carries besides what it repeats of its request. RFC 3261 §8.2.6. */
export interface ResponseParts {
  /** Instead of the phrase that goes with the status. */
  readonly reason?: string | undefined
  /** A list of values is as many header fields; `header(def, value)` makes one of a typed value. */
  readonly headers?: HeaderTexts | undefined
  /** Needs `Content-Type` among the headers. */
  readonly body?: Uint8Array | undefined
}

/** A request, and the way to answer it. RFC 3261 §8.2. */
export interface IncomingRequest {
  /** As it came, its Vias included. */
  readonly request: SipRequest
  /** By which it came. */
  readonly transport: Hop['transport']
  /** The way back: `remote` is who sent it, as the socket says, `local` where we heard it, `flow` the socket or connection. */
  readonly from: Hop
  /** Aborted when the peer cancels; 487 has been sent then (RFC 3261 §9.2). */
  readonly cancelled: AbortSignal
  /** Any number of 1xx, then one final response. What follows has no effect. A 2xx to an INVITE is sent once: calls want `sip-ua`. */
  respond(status: number, parts?: ResponseParts): void
}

/** Made by {@link listen}. */
export interface Endpoint extends AsyncDisposable {
  /** Every new request but ACK and CANCEL. When 1000 wait here, more are answered 503. */
  readonly requests: AsyncIterable<IncomingRequest>
  /** Where it listens, `udp:127.0.0.1:5060`, with the ports that were given. */
  readonly on: readonly string[]
  /** The same as URIs, for `proxy` or `to` of a phone: `sip:127.0.0.1:5060`. On a wildcard socket, the address of an interface. */
  readonly uris: readonly string[]
  /**
   * One final response, as `fetch` has it. Walks the targets of RFC 3263; a failed hop, or 503, means the next one.
   * A 2xx to an INVITE is acknowledged.
   * @throws {TransportError} `no-target`, `timeout`, `unreachable`; the reason of `signal` when that is aborted.
   */
  request(request: OutgoingRequest, options?: { readonly signal?: AbortSignal | undefined }): Promise<SipResponse>
  /**
   * Listens in one more place, `udp:192.0.2.1:5080`, while everything goes on; of several threads on all of them, and only the main one may. Resolves to
   * where, with the port that was given.
   * @throws {TransportError} like {@link listen}; then nothing has changed.
   */
  addListener(place: string): Promise<string>
  /**
   * Takes nothing new at one of `on`, on any thread; what goes on there is not disturbed: connections end as they would have, and a UDP socket still takes
   * what belongs to a dialog or to a transaction, until it has been without that for 8000 s, for a day at most. False when we do not listen there.
   */
  removeListener(place: string): boolean
  /** How often other threads have died and were started again; in the main one. */
  readonly workerDeaths: number
  /** Sends what is waiting, then closes the sockets. */
  close(): Promise<void>
}

/** @throws {TransportError} with the errno name as `code`, `EADDRINUSE`; `bad-listen`, `bad-certificate`; of workers what their program throws. */
export async function listen(options: ListenOptions): Promise<Endpoint> {
  const [first, ...more] = options.on
  const listen = [parseListen(first), ...more.map(parseListen)] as const
  const part = options.workers && (await workerPart(options.workers, listen))
  const door = new Door(options.resolver ?? nodeResolver, part)
  const { tls, webSocket, udp } = options
  try {
    door.endpoint = await SipEndpoint.open({
      listen,
      core: door,
      layer: { findMerged: true },
      ...defined({ tls, webSocket, udp }),
      ...part?.options,
    })
    door.opened(listen)
    await part?.joined(door.endpoint, door)
  } catch (error) {
    await door.close()
    throw error
  }
  options.signal?.addEventListener('abort', () => void door.close(), { once: true })
  void part?.asked.then(() => door.close())
  return door
}

class Door implements Endpoint {
  endpoint!: SipEndpoint
  on: readonly string[] = []
  uris: readonly string[] = []
  readonly requests: Queue<IncomingRequest> = new Queue<IncomingRequest>(1000, 'refuse')
  #places: readonly ListenPlace[] = []
  readonly #resolver: Resolver
  readonly #part: WorkerPart | undefined
  readonly #cancels = new Map<number, AbortController>()
  readonly #exchanges = new Map<number, Exchange>()

  constructor(resolver: Resolver, part?: WorkerPart) {
    this.#resolver = resolver
    this.#part = part
  }

  get workerDeaths(): number {
    return this.#part?.deaths ?? 0
  }

  /** `places`: those of its endpoint. */
  opened(places: readonly ListenPlace[]): void {
    this.#places = bound(this.endpoint, places)
    Object.assign(this, listenedOn(this.endpoint, this.#places))
  }

  async addListener(text: string): Promise<string> {
    const wanted = parseListen(text)
    const { port = 0 } = this.#part === undefined ? await this.add(wanted) : await this.#part.add(wanted)
    return formatListen(wanted.transport, wanted.address, port)
  }

  removeListener(text: string): boolean {
    const place = parseListen(text)
    return this.#part === undefined ? this.remove(place) : this.#part.remove(place)
  }

  /** Of this thread. */
  async add(address: ListenAddress): Promise<ListenAddress> {
    const at = { ...address, ...(await this.endpoint.addListener(address)) }
    this.opened([...this.#places, at])
    return at
  }

  /** Of this thread. */
  remove({ transport, address, port = 0 }: ListenAddress): boolean {
    const isRemoved = this.endpoint.removeListener(transport, { address, port })
    this.opened(this.#places.filter(place => place.transport !== transport || place.address !== address || place.port !== port))
    return isRemoved
  }

  onOutput(output: CoreOutput): void {
    if (output.kind === 'request') this.#onRequest(output.incoming)
    else if (output.kind === 'cancelled') this.#onCancelled(output.transaction)
    else if (output.kind === 'response') this.#exchanges.get(output.transaction.id)?.onResponse(output.response)
    else if (output.kind === 'failed') this.#exchanges.get(output.transaction.id)?.onFailed(output.cause)
    else if (output.kind === 'terminated') {
      this.#cancels.delete(output.transaction.id)
      this.#exchanges.delete(output.transaction.id)
    }
  }

  request(request: OutgoingRequest, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<SipResponse> {
    const exchange = new Exchange(this.endpoint, request, this.#resolver, id => this.#exchanges.set(id, exchange))
    return exchange.run(signal)
  }

  async close(): Promise<void> {
    this.requests.end()
    for (const exchange of this.#exchanges.values()) exchange.onFailed('closed')
    // Without an endpoint it could not be opened.
    await (this.endpoint as SipEndpoint | undefined)?.close()
    await this.#part?.closed()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #onRequest(incoming: Incoming): void {
    const { layer } = this.endpoint
    if (incoming.merged) {
      layer.replyStateless(incoming, responseTo(incoming.request, 482))
      return
    }
    const transaction = layer.accept(this.endpoint.now(), incoming)
    const cancelled = new AbortController()
    this.#cancels.set(transaction.id, cancelled)
    const toTag = nodeToken()
    const respond = (status: number, parts: ResponseParts = {}): void => {
      const { reason, headers, body } = parts
      const response = responseTo(incoming.request, status, { ...(status > 100 && { toTag }), ...(reason !== undefined && { reason }) })
      layer.respond(this.endpoint.now(), transaction, withParts(response, headers, body))
      this.endpoint.drain()
    }
    const { request, from } = incoming
    if (!this.requests.push({ request, from, transport: from.transport, cancelled: cancelled.signal, respond })) respond(503)
  }

  #onCancelled(transaction: ServerTransaction): void {
    this.endpoint.layer.respond(this.endpoint.now(), transaction, responseTo(transaction.request, 487, { toTag: nodeToken() }))
    this.#cancels.get(transaction.id)?.abort()
  }
}
