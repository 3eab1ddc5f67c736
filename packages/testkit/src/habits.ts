/** What a phone does without being told: retransmits, absorbs what comes twice, answers again. RFC 3261 §17. */
import { CallId, CSeq, type SipRequest, type SipResponse, Via } from '@strowger/sip-parser'
import type { Address, Millis } from '@strowger/sip-transaction'
import type { Datagram } from './party.ts'
import type { SentRequest } from './phone-call.ts'
import { Retransmissions } from './retransmissions.ts'

/** Which habits a phone has. */
export interface HabitOptions {
  /** Sends again what was not answered. Default true. */
  readonly retransmit?: boolean
  /** Keeps what comes twice from the script, and answers it as the first time. Default true. */
  readonly absorb?: boolean
  /** In milliseconds. Default T1 500 and T2 4000. RFC 3261 §17.1.1.1. */
  readonly timers?: { readonly t1?: Millis; readonly t2?: Millis }
}

/** The transactions of one phone, as far as it has any. RFC 3261 §17. */
export class Habits {
  readonly #options: HabitOptions
  readonly #again: Retransmissions
  /** Requests that came, and the last reply to each. */
  readonly #replies = new Map<string, Datagram | undefined>()
  readonly #sent = new Map<string, { readonly request: SentRequest; readonly heard: Set<string>; ack?: Datagram }>()

  constructor(options: HabitOptions) {
    this.#options = options
    this.#again = new Retransmissions(options.timers)
  }

  get nextWake(): Millis {
    return this.#again.nextWake
  }

  due(now: Millis): Datagram[] {
    return this.#again.due(now)
  }

  /** A request that the script sends. */
  sending(now: Millis, request: SentRequest): void {
    const { method, branch, cseq, options } = request
    if (method === 'ACK') {
      const invite = [...this.#sent.values()].findLast(one => one.request.method === 'INVITE' && one.request.cseq === cseq)
      if (invite) invite.ack = request
      return
    }
    const key = `${branch} ${method}`
    this.#sent.set(key, { request, heard: new Set() })
    if (this.#retransmits(options.retransmit)) this.#again.begin(key, now, request, method !== 'INVITE')
  }

  /** A reply that the script sends. Final ones to an INVITE are sent until the ACK comes. */
  replying(now: Millis, request: SipRequest, status: number, reply: Datagram, retransmit: boolean | undefined): void {
    this.#replies.set(keyOf(request), reply)
    if (request.method === 'INVITE' && status >= 200 && this.#retransmits(retransmit)) this.#again.begin(callOf(request), now, reply, true)
  }

  /** Whether the script is to see a request; where it came before, `output` gets the reply of that time. */
  isNewRequest(request: SipRequest, from: Address, output: Datagram[]): boolean {
    if (request.method === 'ACK') this.#again.stop(callOf(request))
    const key = keyOf(request)
    const known = this.#replies.has(key)
    const reply = this.#replies.get(key)
    if (!known) this.#replies.set(key, undefined)
    if (!known || this.#options.absorb === false) return true
    if (reply) output.push({ bytes: reply.bytes, to: from })
    return false
  }

  /** The request that a response answers, where the script is to see it; a final one that comes again is acknowledged again. */
  isNewResponse(response: SipResponse, output: Datagram[]): SentRequest | undefined {
    const { status, headers } = response
    const method = headers.get(CSeq)?.method ?? ''
    const key = `${headers.get(Via)?.branch} ${method}`
    const sent = this.#sent.get(key)
    if (!sent) return undefined
    if (status >= 200 || method === 'INVITE') this.#again.stop(key)
    const again = `${status} ${headers.raw('To')[0]} ${headers.raw('RSeq')[0]}`
    const known = sent.heard.has(again)
    sent.heard.add(again)
    if (!known || this.#options.absorb === false) return sent.request
    if (sent.ack && status >= 200) output.push(sent.ack)
    return undefined
  }

  #retransmits(wanted = true): boolean {
    return wanted && this.#options.retransmit !== false
  }
}

/** RFC 3261 §17.2.3. An ACK is the one of its INVITE whatever its branch: some write a new one for each. */
function keyOf(request: SipRequest): string {
  if (request.method === 'ACK') return `${callOf(request)} ACK`
  const via = request.headers.get(Via)
  return `${via?.branch} ${via?.host}:${via?.port} ${request.method}`
}

/** One INVITE and its ACK. */
function callOf({ headers }: SipRequest): string {
  return `${headers.get(CallId)} ${headers.get(CSeq)?.sequence}`
}
