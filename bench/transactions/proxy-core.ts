/** A record-routing proxy without sockets: parser, transaction layer and edits, and nothing else. RFC 3261 §16. */
import {
  edit,
  MaxForwards,
  type MessageEdit,
  parse,
  parseUri,
  RecordRoute,
  Route,
  responseTo,
  type SipRequest,
  To,
  Via,
} from '@strowger/sip-parser'
import { type ClientTransaction, type Hop, type Output, type ServerTransaction, TransactionLayer } from '@strowger/sip-transaction'
import { nodeTagOf, nodeToken } from '@strowger/sip-transaction/node'
import '@strowger/sip-parser/node'
import type { Core } from './batches.ts'

const HERE = { address: '127.0.0.1', port: 5060 }
const RECORD_ROUTE = { uri: parseUri('sip:127.0.0.1:5060;lr')!, params: new Map<string, string>() }

export class ProxyCore implements Core {
  readonly layer: TransactionLayer
  /** Messages put on the wire so far, and their bytes. */
  sent = 0
  sentBytes = 0
  /** Branches of the requests sent since it was last emptied. */
  branches: string[] = []

  constructor() {
    const token = (): string => {
      const drawn = nodeToken()
      this.branches.push(drawn)
      return drawn
    }
    this.layer = new TransactionLayer({ token, tagOf: nodeTagOf(new Uint8Array(16)), autoTrying: false })
    this.branches = []
  }

  /** A datagram from a phone on `port`. */
  receive(now: number, bytes: Uint8Array, port: number): void {
    const message = parse(bytes)
    if (message.kind === 'malformed') throw new Error(`the bench sent a malformed message: ${message.code}`)
    this.layer.receive(now, message, hopTo(port))
    this.drain(now)
  }

  wake(now: number): void {
    if (this.layer.nextWake > now) return
    this.layer.wake(now)
    this.drain(now)
  }

  drain(now: number): void {
    for (let output = this.layer.poll(); output !== undefined; output = this.layer.poll()) this.#perform(now, output)
  }

  #perform(now: number, output: Output): void {
    switch (output.kind) {
      case 'transmit':
        this.sent++
        this.sentBytes += output.bytes.length
        return
      case 'request':
        return this.#onRequest(now, output.incoming)
      case 'response':
        if (output.response.status !== 100)
          this.layer.respond(now, output.transaction.context as ServerTransaction, edit(output.response).removeFirst(Via))
        return
      case 'unmatched': {
        if (output.message.kind === 'response') throw new Error('a response matched nothing')
        const ack = forwarded(output.message)
        return this.layer.sendStateless(ack.message, ack.hop)
      }
      case 'failed':
        throw new Error('a transaction failed')
    }
  }

  #onRequest(now: number, incoming: Parameters<TransactionLayer['accept']>[1]): void {
    const { message, hop } = forwarded(incoming.request)
    const server = this.layer.accept(now, incoming)
    if (incoming.request.method === 'INVITE') this.layer.respond(now, server, responseTo(incoming.request, 100))
    const client: ClientTransaction = this.layer.send(now, message, hop)
    client.context = server
  }
}

/** RFC 3261 §16.4 to §16.6. */
function forwarded(request: SipRequest): { readonly message: MessageEdit; readonly hop: Hop } {
  const { headers } = request
  const hops = headers.get(MaxForwards) ?? 71
  if (hops === 0) throw new Error('the bench sent a request that may not go on')
  const message = edit(request).replace(MaxForwards, hops - 1)
  const route = headers.get(Route)
  if (route !== undefined && isHere(route.uri)) message.removeFirst(Route)
  if (headers.tag(To) === undefined) return { message: message.prepend(RecordRoute, RECORD_ROUTE), hop: hopTo(5070) }
  return { message, hop: hopTo(request.uri.port ?? 5060) }
}

function isHere({ host, port = 5060 }: { readonly host: string; readonly port?: number | undefined }): boolean {
  return host === HERE.address && port === HERE.port
}

/** Made anew for each datagram, as a transport may do. */
function hopTo(port: number): Hop {
  return { transport: 'UDP', local: HERE, remote: { address: '127.0.0.1', port } }
}
