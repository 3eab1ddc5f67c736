/**
 * A stateful record-routing proxy in a hundred lines: every call goes to one next hop, its dialog stays on the way. RFC 3261 §16.
 *
 * Left out: forking, timer C, DNS, strict routers (RFC 3261 §16.4, §16.6 steps 6 and 11).
 */
import { isIPv4 } from 'node:net'
import {
  CSeq,
  edit,
  MaxForwards,
  type MessageEdit,
  type NameAddr,
  parseUri,
  RecordRoute,
  Route,
  responseTo,
  type SipRequest,
  type SipResponse,
  To,
  tagOf,
  type Uri,
  Via,
} from '@strowger/sip-parser'
import type { Address, ClientTransaction, Hop, Incoming, Millis, ServerTransaction, Transaction } from '@strowger/sip-transaction'
import { type Core, type CoreOutput, type EndpointOptions, type ListenAddress, SipEndpoint } from '@strowger/sip-transport'

export interface ProxyOptions {
  readonly listen: Address
  readonly nextHop: Address
  /** See `UdpOptions.shareWakeUpsUs`. Default 0. */
  readonly shareWakeUpsUs?: number
  /** Takes calls by this too. */
  readonly transport?: ListenAddress['transport'] | undefined
  readonly tls?: EndpointOptions['tls']
  /** As one of several workers on the same port. */
  readonly seat?: Pick<EndpointOptions, 'worker' | 'listen' | 'tagKey'>
}

export function openProxy({ listen, nextHop, shareWakeUpsUs = 0, transport, tls, seat }: ProxyOptions): Promise<SipEndpoint> {
  return SipEndpoint.open({
    listen: [{ transport: 'UDP', ...listen }, ...(transport === undefined ? [] : [{ transport, ...listen }])],
    tls,
    ...seat,
    udp: { shareWakeUpsUs },
    layer: { autoTrying: false },
    core: endpoint => new RecordRoutingProxy(endpoint, listen, nextHop),
  })
}

class RecordRoutingProxy implements Core {
  readonly #layer: SipEndpoint['layer']
  readonly #here: Address
  readonly #nextHop: Hop
  readonly #recordRoute: NameAddr
  /** Of an INVITE without a final response, by the id of the server's side: what a CANCEL ends. */
  readonly #clientOf = new Map<number, ClientTransaction>()
  /** By the id of the client's side, as long as a response may have to go on: of an INVITE that was accepted, until timer M (RFC 6026 §7.2). */
  readonly #serverOf = new Map<number, ServerTransaction>()

  constructor(endpoint: SipEndpoint, here: Address, nextHop: Address) {
    this.#layer = endpoint.layer
    this.#here = here
    this.#nextHop = this.#hopTo(nextHop)
    this.#recordRoute = { uri: parseUri(`sip:${here.address}:${here.port};lr`)!, params: new Map() }
  }

  onOutput(output: CoreOutput, now: Millis): void {
    if (output.kind === 'request') this.#onRequest(now, output.incoming)
    else if (output.kind === 'response') this.#onResponse(now, output.transaction, output.response)
    else if (output.kind === 'cancelled') this.#onCancelled(now, output.transaction)
    else if (output.kind === 'failed') this.#onFailed(now, output.transaction, output.cause)
    else if (output.kind === 'terminated') this.#forget(output.transaction)
    else if (output.message.kind === 'request') this.#onAck(output.message)
  }

  #onRequest(now: Millis, incoming: Incoming): void {
    const { request } = incoming
    if (request.headers.get(MaxForwards) === 0) return this.#layer.replyStateless(incoming, responseTo(request, 483))
    const forward = this.#forward(request)
    if (forward === undefined) return this.#layer.replyStateless(incoming, responseTo(request, 404))
    const server = this.#layer.accept(now, incoming)
    if (request.method === 'INVITE') this.#layer.respond(now, server, responseTo(request, 100))
    const client = this.#layer.send(now, forward.message, forward.hop)
    if (request.method === 'INVITE') this.#clientOf.set(server.id, client)
    this.#serverOf.set(client.id, server)
  }

  #onResponse(now: Millis, client: ClientTransaction, response: SipResponse): void {
    const server = this.#serverOf.get(client.id)
    if (server === undefined || response.status === 100) return
    this.#layer.respond(now, server, edit(response).removeFirst(Via))
    if (response.status < 200) return
    const invite = response.headers.get(CSeq)?.method === 'INVITE'
    if (invite) this.#clientOf.delete(server.id)
    if (!invite || response.status >= 300) this.#serverOf.delete(client.id)
  }

  /** The 487 comes from downstream. RFC 3261 §16.10. */
  #onCancelled(now: Millis, server: ServerTransaction): void {
    const client = this.#clientOf.get(server.id)
    if (client !== undefined) this.#layer.cancel(now, client)
  }

  /** RFC 3261 §16.8, §16.9; a request other than INVITE gets no 408 (RFC 4320 §4.2), and the layer sends none. */
  #onFailed(now: Millis, transaction: Transaction, cause: 'timeout' | 'transport'): void {
    const server = this.#serverOf.get(transaction.id)
    if (server !== undefined) this.#layer.respond(now, server, responseTo(server.request, cause === 'timeout' ? 408 : 503))
  }

  /** Of a 2xx: it belongs to no transaction. RFC 3261 §16.11. */
  #onAck(ack: SipRequest): void {
    const forward = this.#forward(ack)
    if (forward !== undefined && ack.headers.get(MaxForwards) !== 0) this.#layer.sendStateless(forward.message, forward.hop)
  }

  #forget({ side, id }: Transaction): void {
    if (side === 'server') this.#clientOf.delete(id)
    else this.#serverOf.delete(id)
  }

  /** What goes on, and where to; `undefined` when there is no way. RFC 3261 §16.4 to §16.6. */
  #forward(request: SipRequest): { readonly message: MessageEdit; readonly hop: Hop } | undefined {
    const { headers } = request
    const message = edit(request).replace(MaxForwards, (headers.get(MaxForwards) ?? 70) - 1)
    const routes = headers.all(Route)
    const loose = routes[0] !== undefined && this.#isHere(routes[0].uri)
    if (loose) message.removeFirst(Route)
    const to = headers.get(To)
    if (to === undefined || tagOf(to) === undefined) return { message: message.prepend(RecordRoute, this.#recordRoute), hop: this.#nextHop }
    const target = (loose ? routes[1] : routes[0])?.uri ?? request.uri
    if (!isIPv4(target.host) || this.#isHere(target)) return undefined
    return { message, hop: this.#hopTo({ address: target.host, port: target.port ?? 5060 }) }
  }

  #isHere({ host, port = 5060 }: Uri): boolean {
    return host === this.#here.address && port === this.#here.port
  }

  #hopTo(remote: Address): Hop {
    return { transport: 'UDP', remote, local: this.#here }
  }
}

/** @throws {TypeError} */
export function addressIn(text: string | undefined): Address {
  const uri = parseUri(`sip:${text}`)
  if (uri?.port === undefined) throw new TypeError(`ADDRESS:PORT, not ${text}`)
  return { address: uri.host, port: uri.port }
}
