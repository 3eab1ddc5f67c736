/** A scripted phone, carrier or registrar: a party that performs its script and says where it went wrong. RFC 3261 §8. */

import { checkAnswer } from '@strowger/sdp'
import { type Parsed, parse, type SipRequest, type SipResponse, utf8Bytes } from '@strowger/sip-parser'
import type { Address, Millis } from '@strowger/sip-transaction'
import { bodyOf, crlf, fill } from './alter.ts'
import { faultOf, isOfKind, messageText } from './expectation.ts'
import { Habits } from './habits.ts'
import { type Arrived, Inbox } from './inbox.ts'
import { addressText, type Datagram, type Outcome, type Party, type Place } from './party.ts'
import { PhoneCall, type PhoneIdentity, type SentRequest } from './phone-call.ts'
import type { PhoneOptions } from './phone-options.ts'
import { seededRandom, seededToken } from './random.ts'
import type { Alteration, Expectation, ReplyOptions, SendOptions, Step } from './script.ts'
import { failureText } from './script-failure.ts'

/** Performs one script, once: make a new phone for each performance. Throws only for a name that nobody has; what comes from the network fails the script. */
export class Phone implements Party {
  /** That of its options; heads its column in the ladder. */
  readonly name: string
  /** Everything that came, malformed or doubled too. */
  readonly received: Parsed[] = []
  /** What was captured, and `address`, `port`, `uri`. */
  readonly captured: Map<string, string> = new Map()
  /** `done` after the last step, `failed` with the step that was not met. */
  outcome: Outcome = { kind: 'running' }
  readonly #options: PhoneOptions
  readonly #habits: Habits
  readonly #inbox: Inbox
  readonly #outbox: Datagram[] = []
  readonly #requests: { readonly request: SipRequest; readonly from: Address }[] = []
  #steps: Step[]
  #at = 0
  /** When the present step gives up, or is over. */
  #until: Millis | undefined
  #place: Place | undefined
  #identity: PhoneIdentity | undefined
  #call: PhoneCall | undefined
  /** The SDP that was sent last. */
  #offered: Uint8Array | undefined

  constructor(options: PhoneOptions) {
    this.name = options.name
    this.#options = options
    this.#steps = [...options.script.steps]
    this.#habits = new Habits(options)
    this.#inbox = new Inbox(options)
  }

  /** When the present step gives up, or something is sent again. */
  get nextWake(): Millis {
    return Math.min(
      this.outcome.kind === 'running' ? (this.#until ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
      this.#habits.nextWake,
    )
  }

  /** Performs steps until the first that waits. Throws a TypeError for a `peer` that nobody is called. */
  start(now: Millis, place: Place): void {
    const { name, peer, token = seededToken(seededRandom(seedOf(name))) } = this.#options
    const { address } = place
    const uri = this.#options.uri ?? `sip:${name}@${addressText(address)}`
    const next = peer === undefined ? address : place.addressOf(peer)
    const target = this.#options.target ?? `sip:${peer ?? name}@${addressText(next)}`
    this.#place = place
    for (const [key, value] of [
      ['address', address.address],
      ['port', `${address.port}`],
      ['uri', uri],
    ] as const)
      this.captured.set(key, value)
    this.#identity = { name, address, uri, target, peer: next, token, values: this.captured }
    this.#call = new PhoneCall(this.#identity)
    this.#run(now)
  }

  /** Habits see it first; then it waits for the step that expects it. */
  receive(now: Millis, bytes: Uint8Array, from: Address): void {
    const message = parse(bytes)
    this.received.push(message)
    if (message.kind === 'request' && !this.#habits.isNewRequest(message, from, this.#outbox)) return
    if (message.kind === 'response') {
      const sent = this.#habits.isNewResponse(message, this.#outbox)
      if (!sent || this.#metChallenge(now, sent, message)) return
    }
    if (this.outcome.kind !== 'running') return
    this.#inbox.add({ message, from })
    this.#run(now)
  }

  /** Sends again what is due, and goes on with the script. */
  wake(now: Millis): void {
    this.#outbox.push(...this.#habits.due(now))
    this.#run(now)
  }

  /** The next datagram to send. */
  poll(): Datagram | undefined {
    return this.#outbox.shift()
  }

  /** Performs steps until one has to wait. */
  #run(now: Millis): void {
    while (this.outcome.kind === 'running') {
      const step = this.#steps[this.#at]
      if (step === undefined) this.outcome = { kind: 'done' }
      else if (!this.#perform(now, step)) return
    }
  }

  /** Whether the step is over. */
  #perform(now: Millis, step: Step): boolean {
    switch (step.kind) {
      case 'expect':
        return this.#expect(now, step.what, step.options)
      case 'either':
        return this.#either(now, step.branches)
      case 'pause':
        return this.#waited(now, step.ms) && this.#next()
      case 'quiet':
        return this.#quiet(now, step.ms)
      case 'send':
        this.#send(now, step.method, step.options)
        return this.#next()
      case 'reply':
        return this.#reply(now, step.status, step.options)
      case 'raw':
        this.#outbox.push({ bytes: this.#rawBytes(step.text), to: this.#hop(step.hop) ?? this.#identity!.peer })
        return this.#next()
    }
  }

  #expect(now: Millis, what: string | number, options: Expectation): boolean {
    const fits = (message: Parsed): boolean => isOfKind(message, what, options)
    const arrived = this.#inbox.nextFor(fits)
    if (!arrived) {
      if (options.optional === true && !this.#inbox.isEmpty) return this.#next()
      if (!this.#waited(now, options.withinMs ?? WITHIN_MS)) return false
      return options.optional === true ? this.#next() : this.#fail(`nothing came in ${options.withinMs ?? WITHIN_MS} ms`)
    }
    const { message } = arrived
    if (!fits(message)) return options.optional === true ? this.#next() : this.#fail(`${messageText(message)} came`)
    const fault = faultOf(message, options) ?? this.#answerFault(message, options)
    if (fault !== undefined) return this.#fail(`${messageText(message)} came, but ${fault}`)
    this.#inbox.take(arrived)
    this.#take(arrived, options)
    return this.#next()
  }

  #answerFault(message: Parsed, { lawfulAnswer }: Expectation): string | undefined {
    if (lawfulAnswer !== true || message.kind === 'malformed') return undefined
    if (this.#offered === undefined) return 'there is no offer of ours that it could answer'
    const violation = checkAnswer(this.#offered, message.body).find(({ level }) => level === 'must')
    return violation && `its answer breaks ${violation.clause}: ${violation.text}`
  }

  #either(now: Millis, branches: readonly (readonly Step[])[]): boolean {
    const fits = (message: Parsed): readonly Step[] | undefined =>
      branches.find(([first]) => first?.kind === 'expect' && isOfKind(message, first.what, first.options))
    const arrived = this.#inbox.nextFor(message => fits(message) !== undefined)
    const idle = branches.find(([first]) => first?.kind === 'pause')
    if (!arrived && !this.#waited(now, idle?.[0]?.kind === 'pause' ? idle[0].ms : WITHIN_MS)) return false
    const way = arrived ? fits(arrived.message) : idle?.slice(1)
    if (!way) return this.#fail(arrived ? `${messageText(arrived.message)} came` : `nothing came in ${WITHIN_MS} ms`)
    this.#steps.splice(this.#at, 1, ...way)
    this.#until = undefined
    return true
  }

  #quiet(now: Millis, ms: Millis): boolean {
    const arrived = this.#inbox.nextFor(() => false)
    if (arrived) return this.#fail(`${messageText(arrived.message)} came`)
    return this.#waited(now, ms) && this.#next()
  }

  #take({ message, from }: Arrived, { capture = {} }: Expectation): void {
    if (message.kind === 'malformed') return
    for (const [key, header] of Object.entries(capture)) this.captured.set(key, message.headers.raw(header)[0] ?? '')
    if (message.kind === 'response') return this.#call!.heard(message)
    this.#requests.push({ request: message, from })
    this.#call!.took(message)
  }

  #send(now: Millis, method: string, options: SendOptions): void {
    if (options.fresh === true) this.#call = new PhoneCall(this.#identity!)
    this.#transmit(now, this.#call!.request(method, options, this.#hop(options.hop)))
    this.#keepOffer(options)
  }

  #transmit(now: Millis, request: SentRequest): void {
    this.#habits.sending(now, request)
    for (let copy = 0; copy < (request.options.copies ?? 1); copy++) this.#outbox.push(request)
  }

  #reply(now: Millis, status: number, options: ReplyOptions): boolean {
    const asked = this.#requests.findLast(({ request }) => request.method !== 'ACK' && request.method === (options.to ?? request.method))
    if (!asked) return this.#fail('there is no request to answer')
    const reply = this.#call!.response(asked.request, asked.from, status, options)
    this.#keepOffer(options)
    this.#habits.replying(now, asked.request, status, reply, options.retransmit)
    for (let copy = 0; copy < (options.copies ?? 1); copy++) this.#outbox.push(reply)
    return this.#next()
  }

  #keepOffer(alteration: Alteration): void {
    const body = bodyOf(alteration)
    if (body?.type === 'application/sdp') this.#offered = this.#rawBytes(body.text)
  }

  /** Acknowledges a challenge and sends the request again, once. RFC 3261 §22.2. */
  #metChallenge(now: Millis, sent: SentRequest, response: SipResponse): boolean {
    const { answerChallenge } = this.#options
    const { status } = response
    const expected = this.#steps.slice(this.#at).some(step => step.kind === 'expect' && String(step.what) === String(status))
    if (
      !answerChallenge ||
      (status !== 401 && status !== 407) ||
      expected ||
      sent.options.headers?.some(([name]) => CREDENTIALS.test(name))
    )
      return false
    const header = answerChallenge({ response, method: sent.method, uri: sent.uri })
    if (!header) return false
    this.#call!.heard(response)
    if (sent.method === 'INVITE') this.#transmit(now, this.#call!.request('ACK', {}, undefined))
    this.#transmit(now, this.#call!.again(sent, [header]))
    return true
  }

  #rawBytes(text: string | Uint8Array): Uint8Array {
    return typeof text === 'string' ? utf8Bytes(crlf(fill(text, this.captured))) : text
  }

  #hop(name: string | undefined): Address | undefined {
    return name === undefined ? undefined : this.#place!.addressOf(name)
  }

  /** Whether `ms` have passed since the step began. */
  #waited(now: Millis, ms: Millis): boolean {
    this.#until ??= now + ms
    return now >= this.#until
  }

  #next(): true {
    this.#at += 1
    this.#until = undefined
    return true
  }

  #fail(why: string): false {
    this.outcome = { kind: 'failed', text: failureText(this.name, this.#steps, this.#at, why) }
    return false
  }
}

/** A number for a name, so that two phones have different tokens. */
function seedOf(name: string): number {
  return [...name].reduce((seed, letter) => Math.imul(seed, 31) + letter.charCodeAt(0), 7)
}

/** 64·T1. */
const WITHIN_MS = 32_000
const CREDENTIALS = /^(?:Proxy-)?Authorization$/i
