/** Transaction users for whole calls: a caller, a proxy in the middle, a callee. As simple as RFC 3261 §13, §15 and §16 let them be. */
import { CallId, edit, responseTo, type SipRequest, type SipResponse, To, tagOf, Via } from '@strowger/sip-parser'
import { ackTo, newCall } from '@strowger/testkit'
import type { ClientTransaction, ServerTransaction } from '../../src/index.ts'
import type { NetworkElement, User } from './network.ts'

/** What a caller has heard of each of its requests. */
export interface Heard {
  readonly method: string
  readonly finals: number[]
  failed: number
  terminated: number
  /** Something came after `terminated`. */
  afterEnd: boolean
}

/** Sends INVITEs, cancels some, acknowledges, hangs up; and OPTIONS between. Everything it hears goes into `heard`, by transaction. */
export class Caller {
  readonly heard = new Map<number, Heard>()
  readonly #element: NetworkElement
  readonly #by: string
  readonly #answered = new Set<number>()

  constructor(element: NetworkElement, by: string) {
    this.#element = element
    this.#by = by
    element.user = this.#user
  }

  call(cancelMs: number | undefined): void {
    const invite = this.#send('INVITE')
    const { network, layer } = this.#element
    if (cancelMs !== undefined) network.after(cancelMs, () => layer.cancel(network.now, invite))
    network.after(70_000, () => layer.cancel(network.now, invite, { reason: 'SIP;cause=408' })) // what timer C does, RFC 3261 §16.8
  }

  ask(method: string): void {
    this.#send(method)
  }

  #send(method: string): ClientTransaction {
    const { layer, network, token } = this.#element
    const transaction = layer.send(network.now, newCall(method, token), this.#element.hopTo(this.#by))
    this.heard.set(transaction.id, { method, finals: [], failed: 0, terminated: 0, afterEnd: false })
    return transaction
  }

  readonly #user: User = output => {
    if (output.kind === 'unmatched' || output.kind === 'request' || output.kind === 'cancelled') return
    const { id } = output.transaction
    const heard = this.heard.get(id)!
    if (heard.terminated > 0) heard.afterEnd = true
    if (output.kind === 'failed') heard.failed++
    else if (output.kind === 'terminated') heard.terminated++
    else if (output.response.status >= 200) {
      heard.finals.push(output.response.status)
      if (heard.method === 'INVITE' && output.response.status < 300) this.#onAnswer(id, output.response)
    }
  }

  /** Each 2xx gets an ACK, the first one a BYE some time later. RFC 3261 §13.2.2.4. */
  #onAnswer(id: number, response: SipResponse): void {
    const { layer, network } = this.#element
    const ack = ackTo(response)
    if (ack !== undefined) layer.sendStateless(ack, this.#element.hopTo(this.#by))
    if (this.#answered.has(id)) return
    this.#answered.add(id)
    network.after(network.between(100, 20_000), () => this.#send('BYE'))
  }
}

/** Forwards to one of `targets` by Call-ID. RFC 3261 §16. */
export function forwarding(element: NetworkElement, targets: readonly string[]): void {
  const clientOf = new Map<number, ClientTransaction>()
  const serverOf = new Map<number, ServerTransaction>()
  const { layer, network } = element
  const hopFor = (request: SipRequest) => element.hopTo(targets[request.headers.get(CallId)!.charCodeAt(0) % targets.length]!)
  const answer = (server: ServerTransaction, status: number): void => {
    if (server.state === 'proceeding' || server.state === 'trying')
      layer.respond(network.now, server, responseTo(server.request, status, { toTag: 'proxy' }))
  }
  element.user = output => {
    if (output.kind === 'request') {
      const server = layer.accept(network.now, output.incoming)
      const { request } = output.incoming
      const client = layer.send(network.now, edit(request), hopFor(request))
      clientOf.set(server.id, client)
      serverOf.set(client.id, server)
      if (request.method === 'INVITE') network.after(80_000, () => layer.cancel(network.now, client))
    } else if (output.kind === 'response') {
      const server = serverOf.get(output.transaction.id)
      if (server !== undefined && output.response.status !== 100) layer.respond(network.now, server, edit(output.response).removeFirst(Via))
    } else if (output.kind === 'cancelled') {
      const client = clientOf.get(output.transaction.id)
      if (client !== undefined) layer.cancel(network.now, client)
    } else if (output.kind === 'failed' && output.transaction.side === 'client') {
      const server = serverOf.get(output.transaction.id)
      if (server !== undefined) answer(server, output.cause === 'timeout' ? 408 : 503)
    } else if (output.kind === 'terminated') {
      clientOf.delete(output.transaction.id)
      serverOf.delete(output.transaction.id)
    } else if (output.kind === 'unmatched' && output.message.kind === 'request') {
      layer.sendStateless(edit(output.message), hopFor(output.message))
    }
  }
}

/** Rings, answers, refuses, or never decides. Retransmits its 2xx itself (RFC 3261 §13.3.1.4). `seen`: how often each request came up. */
export function answering(element: NetworkElement, seen: Map<string, number>): void {
  const { layer, network, token } = element
  const acknowledged = new Set<string>()
  const repeat = (transaction: ServerTransaction, request: SipRequest, toTag: string, ms: number): void => {
    if (acknowledged.has(toTag) || transaction.state === 'terminated') return
    layer.respond(network.now, transaction, responseTo(request, 200, { toTag }))
    network.after(ms, () => repeat(transaction, request, toTag, Math.min(2 * ms, 4000)))
  }
  const onRequest = (transaction: ServerTransaction, request: SipRequest): void => {
    const toTag = token()
    const respond = (status: number): void => void layer.respond(network.now, transaction, responseTo(request, status, { toTag }))
    if (request.method !== 'INVITE') return network.after(network.between(0, 6000), () => respond(network.random() < 0.8 ? 200 : 408))
    network.after(network.between(0, 500), () => respond(180))
    network.after(120_000, () => transaction.state === 'proceeding' && respond(480)) // nobody rings for ever, even when the CANCEL was lost
    const final = [200, 200, 200, 200, 200, 486, 302, 603, 503, undefined][Math.floor(network.random() * 10)]
    if (final === undefined) return
    network.after(network.between(0, 15_000), () => {
      if (transaction.state !== 'proceeding') return
      if (final === 200) repeat(transaction, request, toTag, 500)
      else respond(final)
    })
  }
  element.user = output => {
    if (output.kind === 'request') {
      const { request } = output.incoming
      const key = `${request.headers.get(Via)!.branch} ${request.method}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
      onRequest(layer.accept(network.now, output.incoming), request)
    } else if (output.kind === 'cancelled') {
      layer.respond(network.now, output.transaction, responseTo(output.transaction.request, 487, { toTag: token() }))
    } else if (output.kind === 'unmatched' && output.message.kind === 'request') {
      acknowledged.add(tagOf(output.message.headers.get(To)!) ?? '')
    }
  }
}
