/** The server half of the layer: requests in, responses out. RFC 3261 §9.2, §17.2.3; RFC 4320 §4. */
import { type MessageEdit, parse, responseTo, type SipRequest, To } from '@strowger/sip-parser'
import { EVENT, FACTS, NO_EVENT } from './compiled.ts'
import type { Hop, Millis } from './hop.ts'
import { type Interpreter, TIMER_100 } from './interpreter.ts'
import { INVITE_SERVER, NON_INVITE_SERVER } from './machines.ts'
import { hasCookie, hashMerged, toTag } from './matching.ts'
import type { TransactionOptions } from './options.ts'
import type { Incoming, OutputQueue, StatelessReply } from './output.ts'
import { lateTryingMs, TIMERS, type TimerBase } from './timers.ts'
import type { Handle, ServerTransaction } from './transaction.ts'
import type { Transactions } from './transactions.ts'

export class ServerSide {
  readonly #options: TransactionOptions
  readonly #lateTryingMs: Millis
  readonly #live: Transactions
  readonly #machines: Interpreter
  readonly #outputs: OutputQueue

  constructor(options: TransactionOptions, base: TimerBase, live: Transactions, machines: Interpreter, outputs: OutputQueue) {
    this.#options = options
    this.#lateTryingMs = lateTryingMs(base)
    this.#live = live
    this.#machines = machines
    this.#outputs = outputs
  }

  receive(now: Millis, request: SipRequest, from: Hop): void {
    if (request.method === 'ACK') this.#receiveAck(now, request, from)
    else if (request.method === 'CANCEL' && this.#options.matchCancel !== false) this.#receiveCancel(now, request, from)
    else this.#receiveOther(now, request, from)
  }

  find(request: SipRequest): ServerTransaction | undefined {
    const { method } = request
    const slot = method === 'CANCEL' ? this.#findCancelled(request) : this.#live.findRequest(request, method === 'ACK' ? 'INVITE' : method)
    return slot < 0 ? undefined : this.#handle(slot)
  }

  accept(now: Millis, { request, from, merged }: Incoming): ServerTransaction {
    if (request.method === 'ACK') throw new TypeError('an ACK has no transaction of its own (RFC 3261 §17.2.1)')
    const known = this.#live.findNew(request, request.method)
    if (known >= 0) return this.#handle(known)
    const invite = request.method === 'INVITE'
    const slot = this.#live.openServer(invite ? INVITE_SERVER : NON_INVITE_SERVER, 0, from, request)
    if (this.#options.findMerged && !merged && hashMerged(this.#live.hash, request)) this.#live.index(slot)
    if (this.#options.autoTrying !== false) {
      this.#machines.start(now, slot, TIMER_100, invite ? TIMERS['timer 100']() : this.#lateTryingMs)
    }
    return this.#handle(slot)
  }

  respond(now: Millis, slot: number, response: MessageEdit): boolean {
    if (response.kind !== 'response') throw new TypeError('`respond` takes a response; a request goes to `send`')
    if (slot < 0) return false
    const { slots } = this.#live
    const machine = slots.machine(slot)
    const early = FACTS[machine]![slots.state(slot)]!.needsRequest
    const bytes = this.#tagged(response, early ? slots.handle(slot) : undefined)
    const event = machine === INVITE_SERVER ? inviteEvent(statusOf(bytes)) : otherEvent(statusOf(bytes), this.#machines.waitsFor100(slot))
    return this.#machines.step(now, slot, event, { message: undefined, from: undefined, bytes, reason: undefined })
  }

  replyStateless({ request, from }: Incoming, response: MessageEdit | StatelessReply): void {
    const bytes = 'toBytes' in response ? this.#tagged(response, { request }) : this.#built(request, response)
    this.#outputs.push({ kind: 'transmit', hop: from, bytes })
  }

  #receiveOther(now: Millis, request: SipRequest, from: Hop): void {
    const slot = this.#live.findRequest(request, request.method)
    if (slot >= 0) {
      this.#machines.step(now, slot, EVENT.request!, { message: request, from, bytes: undefined, reason: undefined })
      return
    }
    const merged = this.#options.findMerged === true && this.#live.isMerged(request)
    this.#outputs.push({ kind: 'request', incoming: merged ? { request, from, merged } : { request, from } })
  }

  #receiveAck(now: Millis, request: SipRequest, from: Hop): void {
    const slot = this.#live.findRequest(request, 'INVITE')
    if (slot < 0 || !this.#acknowledges(request, slot)) this.#outputs.push({ kind: 'unmatched', message: request, from })
    else this.#machines.step(now, slot, EVENT.ACK!, { message: request, from, bytes: undefined, reason: undefined })
  }

  /** The ACK of an RFC 2543 sender must carry the To tag of our response as well. RFC 3261 §17.2.3. */
  #acknowledges(ack: SipRequest, slot: number): boolean {
    if (hasCookie(ack) || this.#live.slots.stored(slot) === 0) return true
    return this.#lastTag(slot) === toTag(ack)
  }

  /** Both answers are stateless: a retransmitted CANCEL gets the same one. RFC 3261 §9.2. */
  #receiveCancel(now: Millis, request: SipRequest, from: Hop): void {
    const slot = this.#findCancelled(request)
    const toTag = (slot < 0 ? undefined : this.#lastTag(slot)) ?? this.#options.tagOf(request)
    this.replyStateless({ request, from }, responseTo(request, slot < 0 ? 481 : 200, { toTag }))
    if (slot >= 0) this.#machines.step(now, slot, EVENT.CANCEL!, { message: request, from, bytes: undefined, reason: undefined })
  }

  /** A CANCEL does not say of which method: it has no effect but on INVITE, and is answered 200 all the same. RFC 3261 §9.2. */
  #findCancelled(cancel: SipRequest): number {
    for (const method of CANCELLED) {
      const slot = this.#live.findRequest(cancel, method)
      if (slot >= 0) return slot
    }
    return -1
  }

  /** To tag of the response sent last, when it is still kept. */
  #lastTag(slot: number): string | undefined {
    const bytes = this.#live.lastSent(slot)
    const response = bytes === undefined ? undefined : parse(bytes)
    return response?.kind === 'response' ? toTag(response) : undefined
  }

  /** Every response but 100 carries a To tag. RFC 3261 §8.2.6.2. */
  #tagged(response: MessageEdit, asked: { readonly request: SipRequest } | undefined): Uint8Array {
    const bytes = response.toBytes()
    if (asked === undefined || statusOf(bytes) === 100 || response.tag(To) !== undefined) return bytes
    const to = response.get(To)
    if (to === undefined) return bytes
    return response.replace(To, { ...to, params: new Map([...to.params, ['tag', this.#options.tagOf(asked.request)]]) }).toBytes()
  }

  /** The tag is put in unless the request has one: RFC 3261 §8.2.6.2. */
  #built(request: SipRequest, { status, reason, headers }: StatelessReply): Uint8Array {
    const tag = status === 100 || toTag(request) !== undefined ? undefined : this.#options.tagOf(request)
    return responseTo(request, status, { toTag: tag, reason, headers }).toBytes()
  }

  #handle(slot: number): ServerTransaction {
    return this.#live.slots.handle(slot) as Handle & ServerTransaction
  }
}

/** INVITE first: nobody should cancel anything else. */
const CANCELLED = ['INVITE', 'BYE', 'OPTIONS', 'REGISTER', 'MESSAGE', 'SUBSCRIBE', 'NOTIFY', 'INFO', 'UPDATE', 'PRACK', 'REFER', 'PUBLISH']

function inviteEvent(status: number): number {
  if (status < 200) return EVENT['respond 1xx']!
  return status < 300 ? EVENT['respond 2xx']! : EVENT['respond 3xx-6xx']!
}

/** A 1xx other than 100, or one too early, has no event: it must not be sent. RFC 4320 §4.1. */
function otherEvent(status: number, early: boolean): number {
  if (status < 200) return status === 100 && !early ? EVENT['respond 100']! : NO_EVENT
  return status === 408 ? EVENT['respond 408']! : EVENT['respond 2xx-6xx']!
}

/** The three digits after `SIP/2.0 `. RFC 3261 §7.2. */
function statusOf(response: Uint8Array): number {
  return (response[8]! - 48) * 100 + (response[9]! - 48) * 10 + (response[10]! - 48)
}
