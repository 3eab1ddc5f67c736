/** A call of ours until its final answer: credentials when asked, ringing, answered, refused, cancelled. RFC 3261 §13.2, §22.3, §9.1. */
import {
  CallId,
  Contact,
  CSeq,
  From,
  formatUri,
  MaxForwards,
  type MessageEdit,
  newRequest,
  type SipResponse,
  To,
  type Uri,
} from '@strowger/sip-parser'
import {
  ackFor2xx,
  cancelForks,
  credentialsIn,
  type Dialog,
  type DialogForks,
  type ForkStep,
  forksOf,
  hopUriOf,
  requestIn,
  type SentCredentials,
  takeResponse,
} from '@strowger/sip-ua'
import { askedBy, authorize } from '@strowger/sip-ua/digest'
import { nodeHash, nodeToken } from '@strowger/sip-ua/node'
import type { Agent } from './agent.ts'
import type { AgentSession } from './agent-session.ts'
import { ALLOWED } from './allowed-methods.ts'
import { EstablishedCall } from './established-call.ts'

export interface OutgoingCallOptions {
  readonly to: Uri
  readonly from: Uri
  readonly credentials?: { readonly username: string; readonly password: string }
  /** Called with each 1xx. */
  readonly onProgress?: (status: number) => void
}

export type CallOutcome =
  | { readonly kind: 'answered'; readonly call: EstablishedCall }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }

export class OutgoingCall {
  readonly callId: string = nodeToken()
  /** The final answer. */
  readonly outcome: Promise<CallOutcome>
  readonly #agent: Agent
  readonly #options: OutgoingCallOptions
  readonly #session: AgentSession
  readonly #tag: string = nodeToken()
  readonly #offer: Uint8Array
  #sequence = 0
  #forks!: DialogForks
  #sentCredentials: SentCredentials | undefined
  #cancel!: () => void
  #settle!: (outcome: CallOutcome) => void

  constructor(agent: Agent, session: AgentSession, options: OutgoingCallOptions) {
    this.#agent = agent
    this.#session = session
    this.#options = options
    this.#offer = session.offer()
    this.outcome = new Promise(resolve => {
      this.#settle = resolve
    })
    this.#send(undefined)
  }

  /** The outcome is 487 then, or an answer that was quicker, which is ended at once. */
  cancel(): void {
    this.#forks = cancelForks(this.#forks)
    this.#cancel()
  }

  #send(challenge: SipResponse | undefined): boolean {
    this.#sequence += 1
    const request = this.#invite()
    if (challenge !== undefined && !this.#addCredentials(request, challenge)) return false
    const sent = this.#agent.send(request, {
      response: response => this.#onResponse(response),
      failed: status => this.#settle({ kind: 'refused', status, reason: status === 408 ? 'Nobody answered' : 'Nobody is there' }),
    })
    this.#forks = forksOf(sent.request)
    this.#sentCredentials = credentialsIn(sent.request)
    this.#cancel = sent.cancel
    return true
  }

  #invite(): MessageEdit {
    const { from, to } = this.#options
    return newRequest('INVITE', to)
      .append(MaxForwards, 70)
      .append(From, { uri: from, params: new Map([['tag', this.#tag]]) })
      .append(To, { uri: to, params: new Map() })
      .append(CallId, this.callId)
      .append(CSeq, { sequence: this.#sequence, method: 'INVITE' })
      .append(Contact, { uri: this.#agent.contact, params: new Map() })
      .raw('Allow', ALLOWED)
      .body('application/sdp', this.#offer)
  }

  #addCredentials(request: MessageEdit, challenge: SipResponse): boolean {
    const asked = askedBy(challenge)
    const { credentials, to } = this.#options
    if (asked === undefined || credentials === undefined) return false
    const uri = formatUri(to)
    const value = authorize({ ...credentials, challenges: asked.challenges, method: 'INVITE', uri, hash: nodeHash, cnonce: nodeToken() })
    if (value === undefined) return false
    request.append(asked.answerIn, value)
    return true
  }

  /** The first challenge is answered; a second one means that the password is wrong. RFC 3261 §22.1. */
  #onResponse(response: SipResponse): void {
    const challenged = askedBy(response) !== undefined && this.#sequence === 1
    if (challenged && this.#send(response)) return
    const { forks, steps } = takeResponse(this.#forks, response)
    this.#forks = forks
    for (const step of steps) this.#take(step, response)
  }

  #take(step: ForkStep, response: SipResponse): void {
    switch (step.kind) {
      case 'progress':
        return this.#options.onProgress?.(step.status)
      case 'answered':
        return this.#answered(step.dialog, response)
      case 'ack again':
        return this.#acknowledge(step.dialog)
      case 'ack and bye':
        return this.#refuseLate(step.dialog)
      case 'refused':
        return this.#settle({ kind: 'refused', status: step.status, reason: response.reason })
    }
  }

  #answered(dialog: Dialog, response: SipResponse): void {
    this.#acknowledge(dialog)
    const call = new EstablishedCall(this.#agent, dialog, this.#session)
    if (this.#session.take(response.body)) this.#settle({ kind: 'answered', call })
    else {
      void call.hangUp()
      this.#settle({ kind: 'refused', status: 488, reason: 'The answer has no audio' })
    }
  }

  #refuseLate(dialog: Dialog): void {
    this.#acknowledge(dialog)
    const { edit, dialog: after } = requestIn(dialog, 'BYE')
    this.#agent.send(edit, { response: () => {}, failed: () => {} }, hopUriOf(after))
    this.#settle({ kind: 'refused', status: 487, reason: 'Cancelled' })
  }

  /** The same ACK for each 2xx of this dialog. */
  #acknowledge(dialog: Dialog): void {
    this.#agent.sendAck(ackFor2xx(dialog, this.#sequence, this.#sentCredentials), hopUriOf(dialog))
  }
}
