/** A small SIP user agent over real sockets: what the demo's phones and the demo carrier are made of. RFC 3261 §8, §12, §13, §15. */
import { type MessageEdit, parseUri, responseTo, type SipRequest, type SipResponse, type Uri, UserAgent } from '@strowger/sip-parser'
import type { Address, Hop, Incoming, ServerTransaction } from '@strowger/sip-transaction'
import { type CoreOutput, SipEndpoint, type TapEvent, targetsWithoutLookup } from '@strowger/sip-transport'
import { dialogIdOf } from '@strowger/sip-ua'
import { nodeToken } from '@strowger/sip-ua/node'
import { ALLOWED } from './allowed-methods.ts'
import type { EstablishedCall } from './established-call.ts'
import { IncomingCall } from './incoming-call.ts'

export interface AgentOptions {
  readonly transport: 'UDP' | 'TCP'
  readonly address: string
  /** Default 0: any free one. */
  readonly port?: number
  /** User part of Contact. */
  readonly user: string
  /** Where requests outside of dialogs go. Default: where their URI says. */
  readonly outbound?: Address
  readonly timers?: { readonly t1?: number; readonly t2?: number; readonly t4?: number }
  readonly userAgent: string
  readonly onCall: (call: IncomingCall) => void
  readonly tap?: (event: TapEvent) => void
}

/** Told what becomes of a request of ours. */
export interface Sent {
  response(response: SipResponse): void
  /** Nobody answered (408) or the way is broken (503). RFC 3261 §8.1.3.1. */
  failed(status: 408 | 503): void
}

export class Agent {
  readonly #options: AgentOptions
  #endpoint!: SipEndpoint
  readonly #sent = new Map<number, Sent>()
  readonly #ringing = new Map<number, IncomingCall>()
  readonly #calls = new Map<string, EstablishedCall>()

  /** @throws {TransportError} with the errno name as `code`. */
  static async open(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(options)
    const { transport, address, port = 0, timers, tap } = options
    agent.#endpoint = await SipEndpoint.open({
      listen: [{ transport, address, port }],
      layer: { findMerged: true },
      core: { onOutput: output => agent.#onOutput(output) },
      ...(timers && { timers }),
      ...(tap && { tap }),
    })
    return agent
  }

  private constructor(options: AgentOptions) {
    this.#options = options
  }

  get local(): Address {
    return this.#endpoint.localFor(this.#options.transport)
  }

  get contact(): Uri {
    const { user, transport } = this.#options
    const { address, port } = this.local
    const params = new Map(transport === 'TCP' ? [['transport', 'tcp']] : [])
    return { scheme: 'sip', user, host: address, port, params, headers: new Map() }
  }

  /** Calls that ring or run. */
  get busy(): number {
    return this.#calls.size + [...this.#ringing.values()].filter(call => call.open).length
  }

  get calls(): readonly EstablishedCall[] {
    return [...this.#calls.values()]
  }

  now(): number {
    return this.#endpoint.now()
  }

  /** Outside of a dialog by way of `outbound`, inside of one to `next`. */
  send(request: MessageEdit, sent: Sent, next?: Uri): { readonly request: SipRequest; cancel(): void } {
    request.append(UserAgent, this.#options.userAgent)
    const { layer } = this.#endpoint
    const transaction = layer.send(this.now(), request, this.#hopTo(next))
    this.#sent.set(transaction.id, sent)
    const kept = transaction.request
    this.#endpoint.drain()
    return { request: kept, cancel: () => this.#do(() => layer.cancel(this.now(), transaction)) }
  }

  sendAck(ack: MessageEdit, next: Uri): void {
    this.#do(() => this.#endpoint.layer.sendStateless(ack, this.#hopTo(next)))
  }

  respond(transaction: ServerTransaction, response: MessageEdit): void {
    this.#do(() => this.#endpoint.layer.respond(this.now(), transaction, response))
  }

  /** From here on its in-dialog requests come to `call`. */
  keep(id: string, call: EstablishedCall): void {
    this.#calls.set(id, call)
  }

  forget(id: string): void {
    this.#calls.delete(id)
  }

  close(): Promise<void> {
    return this.#endpoint.close()
  }

  #do(action: () => void): void {
    action()
    this.#endpoint.drain()
  }

  #hopTo(next: Uri | undefined): Hop {
    const { transport, outbound } = this.#options
    const target = next && targetsWithoutLookup({ uri: next, transports: [transport] })?.[0]
    const remote = target ? { address: target.address, port: target.port } : outbound
    if (remote === undefined) throw new TypeError('a request outside of a dialog needs a URI with a number as its host, or `outbound`')
    return { transport, remote, local: this.#endpoint.localFor(transport, remote) }
  }

  #onOutput(output: CoreOutput): void {
    switch (output.kind) {
      case 'request':
        return this.#onRequest(output.incoming)
      case 'response':
        return this.#sent.get(output.transaction.id)?.response(output.response)
      case 'cancelled':
        return this.#ringing.get(output.transaction.id)?.onCancel()
      case 'failed':
        return this.#sent.get(output.transaction.id)?.failed(output.cause === 'timeout' ? 408 : 503)
      case 'unmatched':
        return this.#onUnmatched(output.message)
      case 'terminated':
        this.#sent.delete(output.transaction.id)
        this.#ringing.delete(output.transaction.id)
    }
  }

  /** The ACK of a 2xx. A response that comes when its transaction is gone is nobody's. */
  #onUnmatched(message: SipRequest | SipResponse): void {
    if (message.kind === 'request') this.#calls.get(dialogIdOf(message))?.onAck(message)
  }

  #onRequest(incoming: Incoming): void {
    const { layer } = this.#endpoint
    const { request } = incoming
    if (incoming.merged) return layer.replyStateless(incoming, responseTo(request, 482))
    const inDialog = request.headers.raw('To')[0]?.includes(';tag=') === true
    const call = inDialog ? this.#calls.get(dialogIdOf(request)) : undefined
    if (call !== undefined) return call.onRequest(request, layer.accept(this.now(), incoming))
    if (inDialog) return layer.replyStateless(incoming, responseTo(request, 481))
    if (request.method === 'INVITE') return this.#onInvite(request, layer.accept(this.now(), incoming))
    const status = request.method === 'OPTIONS' ? 200 : 405
    layer.replyStateless(incoming, responseTo(request, status).raw('Allow', ALLOWED))
  }

  #onInvite(request: SipRequest, transaction: ServerTransaction): void {
    const call = new IncomingCall(this, request, transaction, nodeToken())
    this.#ringing.set(transaction.id, call)
    this.#options.onCall(call)
  }
}

/** @throws {TypeError} for what is no URI. */
export function uriOf(text: string): Uri {
  const uri = parseUri(text)
  if (uri === undefined) throw new TypeError(`"${text}" is not a URI`)
  return uri
}
