/** A call that came in and has not been answered finally: rings, is answered, refused, or given up by the caller. RFC 3261 §13.3, §9.2. */
import { Contact, From, formatUri, type MessageEdit, responseTo, type SipRequest } from '@strowger/sip-parser'
import type { ServerTransaction } from '@strowger/sip-transaction'
import { confirm, type Dialog, dialogAsServer } from '@strowger/sip-ua'
import type { Agent } from './agent.ts'
import type { AgentSession } from './agent-session.ts'
import { ALLOWED } from './allowed-methods.ts'
import { EstablishedCall } from './established-call.ts'

export class IncomingCall {
  readonly request: SipRequest
  /** Aborted when the caller gives up. */
  readonly cancelled: AbortSignal
  readonly #cancelled: AbortController = new AbortController()
  readonly #agent: Agent
  readonly #transaction: ServerTransaction
  readonly #tag: string
  #open = true

  constructor(agent: Agent, request: SipRequest, transaction: ServerTransaction, tag: string) {
    this.#agent = agent
    this.request = request
    this.#transaction = transaction
    this.#tag = tag
    this.cancelled = this.#cancelled.signal
  }

  /** User part of the Request-URI: who is called. */
  get called(): string {
    return this.request.uri.user ?? ''
  }

  /** User part of From: who calls. */
  get caller(): string {
    return this.request.headers.get(From)?.uri.user ?? ''
  }

  /** Not yet answered finally. */
  get open(): boolean {
    return this.#open
  }

  trying(): void {
    if (this.#open) this.#agent.respond(this.#transaction, responseTo(this.request, 100))
  }

  ring(): void {
    if (this.#open) this.#agent.respond(this.#transaction, this.#response(180))
  }

  refuse(status: number): void {
    if (!this.#open) return
    this.#open = false
    this.#agent.respond(this.#transaction, this.#response(status))
  }

  /** `undefined` when the caller is gone, or offers nothing we speak (488 then). */
  answer(session: AgentSession): EstablishedCall | undefined {
    if (!this.#open) return undefined
    const dialog = dialogAsServer(this.request, this.#tag, formatUri(this.#agent.contact))
    if (dialog === undefined) return void this.refuse(400)
    const hasOffer = this.request.body.length > 0
    const body = hasOffer ? session.answer(this.request.body) : session.offer()
    if (body === undefined) return void this.refuse(488)
    return this.#accept(dialog, session, body)
  }

  onCancel(): void {
    this.refuse(487)
    this.#cancelled.abort()
  }

  #accept(dialog: Dialog, session: AgentSession, body: Uint8Array): EstablishedCall {
    this.#open = false
    const call = new EstablishedCall(this.#agent, confirm(dialog), session)
    call.accept(this.#transaction, this.#response(200).body('application/sdp', body))
    return call
  }

  #response(status: number): MessageEdit {
    const makesDialog = status > 100 && status < 300
    const response = responseTo(this.request, status, { toTag: this.#tag, recordRoute: makesDialog })
    if (makesDialog) response.append(Contact, { uri: this.#agent.contact, params: new Map() })
    if (status === 200) response.raw('Allow', ALLOWED)
    return response
  }
}
