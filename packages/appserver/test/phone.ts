/** Scripted phones behind a proxy: one side of the network, who calls from it and who is called there. */

import { CONTEXT_HEADER, type Context, signContext } from '@strowger/runtime'
import {
  CallId,
  Contact,
  CSeq,
  From,
  formatUri,
  MaxForwards,
  type MessageEdit,
  newRequest,
  parseUri,
  Require,
  RSeq,
  responseTo,
  type SipRequest,
  type SipResponse,
  To,
  type Uri,
} from '@strowger/sip-parser'
import type { Address, ClientTransaction, Hop, Output, ServerTransaction, TransactionLayer } from '@strowger/sip-transaction'
import {
  ackFor2xx,
  confirm,
  type Dialog,
  dialogAsClient,
  dialogAsServer,
  dialogId,
  dialogIdOf,
  requestIn,
  startReliable2xx,
  wakeReliable2xx,
} from '@strowger/sip-ua'
import { APPSERVER, KEYS } from './installation.ts'
import type { Network } from './network.ts'

const none: ReadonlyMap<string, string> = new Map()
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Everything behind one proxy. */
export class Side {
  readonly net: Network
  readonly name: 'users' | 'trunks'
  readonly layer: TransactionLayer
  readonly local: Address
  /** Who was called here, in order. */
  readonly called: Phone[] = []
  /** Runs when an INVITE comes. */
  onInvite: (phone: Phone) => void = () => {}
  /** Answers a MESSAGE outside of calls; `0`: not at all. */
  onMessage: (request: SipRequest) => { readonly status: number; readonly fill?: (edit: MessageEdit) => void } = () => ({ status: 405 })
  readonly phones = new Map<string, Phone>()
  readonly byServer = new Map<number, Phone>()
  readonly onResponse = new Map<number, (response: SipResponse | 'timeout') => void>()

  constructor(net: Network, name: 'users' | 'trunks', layer: TransactionLayer, local: Address) {
    this.net = net
    this.name = name
    this.layer = layer
    this.local = local
  }

  get hop(): Hop {
    return { transport: 'UDP', remote: APPSERVER, local: this.local }
  }

  receive(output: Output): void {
    const { now } = this.net
    if (output.kind === 'request') this.#request(output.incoming.request, this.layer.accept(now, output.incoming))
    else if (output.kind === 'cancelled') this.byServer.get(output.transaction.id)?.cancelled(output.transaction)
    else if (output.kind === 'response') this.onResponse.get(output.transaction.id)?.(output.response)
    else if (output.kind === 'failed') this.onResponse.get(output.transaction.id)?.('timeout')
    else if (output.kind === 'unmatched' && output.message.kind === 'request')
      this.phones.get(dialogIdOf(output.message))?.acked(output.message)
  }

  /** Sends a call; the context is what this side's proxy would sign. */
  call(to: string, options: CallOptions = {}): Phone {
    const phone = new Phone(this)
    phone.invite(to, options)
    return phone
  }

  #request(request: SipRequest, server: ServerTransaction): void {
    const phone = this.phones.get(dialogIdOf(request))
    if (phone !== undefined) return phone.requested(request, server)
    if (request.method === 'MESSAGE') {
      const { status, fill } = this.onMessage(request)
      const edit = responseTo(request, status || 100)
      fill?.(edit)
      if (status !== 0) this.layer.respond(this.net.now, server, edit)
      return
    }
    if (request.method !== 'INVITE' || request.headers.get(To)?.params.has('tag')) {
      this.layer.respond(this.net.now, server, responseTo(request, 481))
      return
    }
    const called = new Phone(this)
    called.request = request
    called.server = server
    this.byServer.set(server.id, called)
    this.called.push(called)
    this.onInvite(called)
  }
}

export interface CallOptions {
  readonly sdp?: string
  readonly context?: Partial<Context>
  /** Name of the user who calls. */
  readonly from?: string
  readonly fill?: (edit: MessageEdit) => void
  readonly unsigned?: boolean
  readonly method?: string
}

export class Phone {
  readonly side: Side
  dialog: Dialog | undefined
  /** Of the INVITE that it got or sent. */
  server: ServerTransaction | undefined
  client: ClientTransaction | undefined
  request!: SipRequest
  call = ''
  /** Final and provisional answers to its INVITE, SDP in brackets. */
  readonly heard: string[] = []
  /** Requests inside the dialog, bodies in brackets. */
  readonly asked: string[] = []
  readonly requests: SipRequest[] = []
  readonly acks: string[] = []
  /** Answers a request inside the dialog; `0`: not at all. */
  reply: (request: SipRequest) => { status: number; sdp?: string; fill?: (edit: MessageEdit) => void } = request =>
    request.method === 'INVITE' || request.method === 'UPDATE' ? { status: 200, sdp: `answer to ${text(request.body)}` } : { status: 200 }
  /** Whether it acknowledges a 2xx, and with what. */
  ackWith: string | undefined = ''
  /** Answers 487 to a CANCEL. */
  obeysCancel = true
  readonly #acknowledged = new Set<number>()

  constructor(side: Side) {
    this.side = side
  }

  invite(to: string, { sdp = 'offer of a', context = {}, fill, unsigned = false, from = 'alice', method = 'INVITE' }: CallOptions): void {
    const { net, layer, local } = this.side
    const uri = sip(`sip:${to}@demo.localhost`)
    const [callId, fromTag] = [net.token(), net.token()]
    const signed = net.context({
      ...(this.side.name === 'users' ? { user: net.userId(from) } : { from: 'carrier', client: 0 }),
      ...context,
    })
    this.call = signed.call
    const edit = newRequest(method, uri)
      .append(MaxForwards, 70)
      .append(From, { displayName: 'Somebody', uri: sip('sip:+34600000000@far.test'), params: new Map([['tag', fromTag]]) })
      .append(To, { uri, params: none })
      .append(CallId, callId)
      .append(CSeq, { sequence: 1, method })
      .append(Contact, { uri: sip(`sip:a@${local.address}:${local.port}`), params: none })
    if (!unsigned) edit.raw(CONTEXT_HEADER, signContext(signed, { method, callId, fromTag, uri: formatUri(uri) }, KEYS, net.wall))
    if (sdp !== '') edit.body('application/sdp', new TextEncoder().encode(sdp))
    fill?.(edit)
    this.client = layer.send(net.now, edit, this.side.hop)
    this.request = this.client.request
    this.#listen(this.client, this.request)
    net.drain()
  }

  get last(): string {
    return this.heard.at(-1) ?? ''
  }

  cancel(reason?: string): void {
    this.side.layer.cancel(this.side.net.now, this.client!, reason === undefined ? {} : { reason })
    this.side.net.drain()
  }

  /** As a called phone: each tag is a fork of its own. */
  ring(status = 180, sdp = '', tag = 'fork1'): void {
    this.#respond(this.server!, this.request, status, sdp, tag)
  }

  /** The same, to be acknowledged with a PRACK. */
  ringReliably(rseq: number, { status = 180, sdp = '', tag = 'fork1' } = {}): void {
    this.dialog = dialogAsServer(this.request, tag, this.#contact())!
    this.side.phones.set(dialogId(this.dialog), this)
    this.#respond(this.server!, this.request, status, sdp, tag, edit => void edit.append(Require, '100rel').append(RSeq, rseq))
  }

  answer(sdp = 'answer of b', tag = 'fork1', fill?: (edit: MessageEdit) => void): void {
    const dialog = dialogAsServer(this.request, tag, this.#contact())
    const repeated = this.#respond(this.server!, this.request, 200, sdp, tag, fill)
    this.dialog = confirm(dialog!)
    this.side.phones.set(dialogId(this.dialog), this)
    this.#repeat(this.server!, repeated, 1)
  }

  /** Takes the early dialog of a 1xx as the one to send in. */
  early(response: SipRequest | SipResponse): void {
    if (response.kind === 'response') this.dialog = dialogAsClient(this.client!.request, response)
  }

  /** A 200 of a phone that did not hear of the end, as bytes. */
  late200(): Uint8Array {
    const dialog = dialogAsServer(this.request, 'late', this.#contact())!
    this.dialog = confirm(dialog)
    this.side.phones.set(dialogId(this.dialog), this)
    return responseTo(this.request, 200, { toTag: 'late' })
      .append(Contact, { uri: sip(this.#contact()), params: none })
      .toBytes()
  }

  /** Answers a request inside the dialog that it had left unanswered. */
  answerHeld(status: number, sdp = ''): void {
    const { server, request } = this
    const sent = this.#respond(server!, request, status, sdp, this.dialog!.localTag)
    if (status < 300) this.#repeat(server!, sent, request.headers.get(CSeq)!.sequence)
  }

  refuse(status: number, fill?: (edit: MessageEdit) => void): void {
    const edit = responseTo(this.request, status, { toTag: 'fork1' })
    fill?.(edit)
    this.side.layer.respond(this.side.net.now, this.server!, edit)
    this.side.net.drain()
  }

  cancelled(server: ServerTransaction): void {
    this.asked.push('CANCEL')
    if (this.obeysCancel) this.side.layer.respond(this.side.net.now, server, responseTo(server.request, 487, { toTag: 'fork1' }))
  }

  acked(ack: SipRequest): void {
    this.#acknowledged.add(ack.headers.get(CSeq)!.sequence)
    this.acks.push(text(ack.body))
  }

  requested(request: SipRequest, server: ServerTransaction): void {
    this.asked.push(request.body.length > 0 ? `${request.method} [${text(request.body)}]` : request.method)
    this.requests.push(request)
    const { status, sdp = '', fill } = this.reply(request)
    if (status === 0) {
      this.server = server
      this.request = request
      this.side.byServer.set(server.id, this)
      return
    }
    const tag = this.dialog!.localTag
    const sent = this.#respond(server, request, status, status < 300 ? sdp : '', tag, fill)
    if (request.method === 'INVITE' && status < 300) this.#repeat(server, sent, request.headers.get(CSeq)!.sequence)
    if (request.method === 'BYE') this.side.phones.delete(dialogId(this.dialog!))
  }

  /** A request inside its dialog; the answers arrive in `heard`. */
  send(method: string, body = '', fill?: (edit: MessageEdit) => void): ClientTransaction {
    const { dialog, edit } = requestIn(this.dialog!, method)
    this.dialog = dialog
    if (body !== '') edit.body(method === 'INFO' ? 'application/dtmf-relay' : 'application/sdp', new TextEncoder().encode(body))
    fill?.(edit)
    const transaction = this.side.layer.send(this.side.net.now, edit, this.side.hop)
    this.client = transaction
    this.#listen(transaction, transaction.request)
    this.side.net.drain()
    return transaction
  }

  #listen(transaction: ClientTransaction, request: SipRequest): void {
    this.side.onResponse.set(transaction.id, response => {
      if (response === 'timeout') this.heard.push('timeout')
      else this.#responded(request, response)
    })
  }

  #responded(request: SipRequest, response: SipResponse): void {
    if (response.status === 100) return
    const body = text(response.body)
    const line = `${response.status}${body === '' ? '' : ` [${body}]`}`
    if (this.heard.at(-1) !== line || response.status < 200) this.heard.push(line)
    if (request.method !== 'INVITE' || response.status >= 300 || response.status < 200) return
    const dialog = this.dialog ?? dialogAsClient(request, response)!
    this.dialog = dialog.state === 'confirmed' ? dialog : confirm(dialog, response)
    this.side.phones.set(dialogId(this.dialog), this)
    if (this.ackWith === undefined) return
    const ack = ackFor2xx(this.dialog, response.headers.get(CSeq)!.sequence)
    if (this.ackWith !== '') ack.body('application/sdp', new TextEncoder().encode(this.ackWith))
    this.side.layer.sendStateless(ack, this.side.hop)
  }

  #respond(
    server: ServerTransaction,
    request: SipRequest,
    status: number,
    sdp: string,
    tag: string,
    fill?: (edit: MessageEdit) => void,
  ): MessageEdit {
    const edit = responseTo(request, status, { toTag: tag, recordRoute: true })
    if (status < 300) edit.append(Contact, { uri: sip(this.#contact()), params: none })
    if (sdp !== '') edit.body('application/sdp', new TextEncoder().encode(sdp))
    fill?.(edit)
    this.side.layer.respond(this.side.net.now, server, edit)
    this.side.net.drain()
    return edit
  }

  #repeat(server: ServerTransaction, sent: MessageEdit, cseq: number): void {
    const { net, layer } = this.side
    let machine = startReliable2xx(net.now)
    const again = (): void => {
      const woken = wakeReliable2xx(machine, net.now)
      if (woken.effect === 'give up' || this.#acknowledged.has(cseq)) return
      machine = woken.next
      if (woken.effect === 'resend') layer.respond(net.now, server, sent)
      net.after(machine.nextWake - net.now, again)
    }
    net.after(machine.nextWake - net.now, again)
  }

  #contact(): string {
    return `sip:b@${this.side.local.address}:${this.side.local.port}`
  }
}

function sip(uri: string): Uri {
  return parseUri(uri)!
}
