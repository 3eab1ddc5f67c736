/** A call that was answered: hold and resume, requests of the other side, the end. RFC 3261 §12.2, §13.3.1.4, §14, §15. */

import type { Direction } from '@strowger/sdp'
import { Contact, CSeq, type MessageEdit, responseTo, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import type { ServerTransaction } from '@strowger/sip-transaction'
import {
  ackFor2xx,
  type Dialog,
  dialogId,
  hopUriOf,
  type Reliable2xx,
  receiveIn,
  refreshTarget,
  requestIn,
  startReliable2xx,
  wakeReliable2xx,
} from '@strowger/sip-ua'
import type { Agent } from './agent.ts'
import type { AgentSession } from './agent-session.ts'
import { ALLOWED } from './allowed-methods.ts'

export type CallEnd = 'hung up' | 'other side hung up' | 'no ACK'

export class EstablishedCall {
  readonly session: AgentSession
  /** Resolves once, whoever ends it. */
  readonly ended: Promise<CallEnd>
  readonly #agent: Agent
  readonly #id: string
  #dialog: Dialog
  #end!: (how: CallEnd) => void
  #over = false
  /** A 2xx of ours that waits for its ACK. */
  #waiting: { machine: Reliable2xx; timer: NodeJS.Timeout; resend: () => void; sequence: number; weOffered: boolean } | undefined
  #reinviting = false

  constructor(agent: Agent, dialog: Dialog, session: AgentSession) {
    this.#agent = agent
    this.#dialog = dialog
    this.#id = dialogId(dialog)
    this.session = session
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
    agent.keep(this.#id, this)
  }

  get callId(): string {
    return this.#dialog.callId
  }

  get over(): boolean {
    return this.#over
  }

  /** Resolves when the other side has answered the BYE, or will not. RFC 3261 §15.1.1. */
  hangUp(): Promise<void> {
    if (this.#over) return Promise.resolve()
    this.#finish('hung up')
    return new Promise(resolve => {
      const done = (): void => resolve()
      this.#request('BYE', undefined, { response: ({ status }) => status >= 200 && done(), failed: done })
    })
  }

  /** The other side is to be silent until `resume`. Resolves to the final status. RFC 3264 §8.4. */
  hold(): Promise<number> {
    this.session.audio.sendTo(undefined)
    return this.#reinvite('sendonly')
  }

  resume(): Promise<number> {
    return this.#reinvite('sendrecv')
  }

  /** Sends a 2xx again and again until the ACK comes. RFC 3261 §13.3.1.4. */
  accept(transaction: ServerTransaction, response: MessageEdit): void {
    const sequence = transaction.request.headers.get(CSeq)?.sequence ?? 0
    const weOffered = transaction.request.body.length === 0
    const resend = (): void => this.#agent.respond(transaction, response)
    const machine = startReliable2xx(this.#agent.now())
    this.#waiting = { machine, timer: setTimeout(() => this.#wake2xx(), 0), resend, sequence, weOffered }
    resend()
    this.#sleep2xx()
  }

  onAck(ack: SipRequest): void {
    const { sequence, timer, weOffered } = this.#waiting ?? {}
    if (sequence === undefined || ack.headers.get(CSeq)?.sequence !== sequence) return
    clearTimeout(timer)
    this.#waiting = undefined
    if (weOffered && ack.body.length > 0 && !this.#over) this.session.take(ack.body)
  }

  onRequest(request: SipRequest, transaction: ServerTransaction): void {
    const respond = (status: number): void => this.#agent.respond(transaction, responseTo(request, status).raw('Allow', ALLOWED))
    const taken = receiveIn(this.#dialog, request)
    if ('refuse' in taken) return respond(taken.refuse)
    this.#dialog = taken.dialog
    if (request.method === 'INVITE') return this.#onReinvite(request, transaction, respond)
    if (request.method === 'OPTIONS') return respond(200)
    if (request.method !== 'BYE') return respond(405)
    respond(200)
    this.#finish('other side hung up')
  }

  /** The 2xx to an INVITE of ours, each time it comes. RFC 3261 §13.2.2.4. */
  acknowledge(ack: MessageEdit): void {
    this.#agent.sendAck(ack, hopUriOf(this.#dialog))
  }

  #onReinvite(request: SipRequest, transaction: ServerTransaction, respond: (status: number) => void): void {
    if (this.#reinviting) return respond(491)
    if (this.#waiting !== undefined) return respond(500)
    const body = request.body.length > 0 ? this.session.answer(request.body) : this.session.offer()
    if (body === undefined) return respond(488)
    this.#dialog = refreshTarget(this.#dialog, request)
    const contact = { uri: this.#agent.contact, params: new Map() }
    this.accept(transaction, responseTo(request, 200).append(Contact, contact).raw('Allow', ALLOWED).body('application/sdp', body))
  }

  #reinvite(way: Direction): Promise<number> {
    this.#reinviting = true
    return new Promise(resolve => {
      const done = (status: number): void => {
        this.#reinviting = false
        resolve(status)
      }
      const response = (response: SipResponse): void => {
        const { status, headers, body } = response
        if (status < 200) return
        if (status < 300) {
          this.#dialog = refreshTarget(this.#dialog, response)
          this.acknowledge(ackFor2xx(this.#dialog, headers.get(CSeq)?.sequence ?? 0))
          if (!this.#over && way === 'sendrecv') this.session.take(body)
        }
        done(status)
      }
      this.#request('INVITE', this.session.offer(way), { response, failed: done })
    })
  }

  #request(
    method: string,
    body: Uint8Array | undefined,
    sent: { response(response: SipResponse): void; failed(status: 408 | 503): void },
  ): void {
    const { dialog, edit } = requestIn(this.#dialog, method)
    this.#dialog = dialog
    if (body !== undefined) edit.body('application/sdp', body)
    this.#agent.send(edit, sent, hopUriOf(dialog))
  }

  #finish(how: CallEnd): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#waiting?.timer)
    this.#agent.forget(this.#id)
    this.session.audio.sendTo(undefined)
    this.#end(how)
  }

  #wake2xx(): void {
    if (this.#waiting === undefined) return
    const woken = wakeReliable2xx(this.#waiting.machine, this.#agent.now())
    if (woken.effect === 'give up') return void this.hangUp()
    if (woken.effect === 'resend') this.#waiting.resend()
    this.#waiting.machine = woken.next
    this.#sleep2xx()
  }

  #sleep2xx(): void {
    if (this.#waiting === undefined) return
    clearTimeout(this.#waiting.timer)
    const delay = Math.max(1, this.#waiting.machine.nextWake - this.#agent.now())
    this.#waiting.timer = setTimeout(() => this.#wake2xx(), delay)
  }
}
