/** A call of a phone as the phone keeps it: outputs of the agent turned into promises. RFC 3261 §13. */
import { From, formatUri, type SipRequest } from '@strowger/sip-parser'
import type { CallState, Content, HeaderLine, InDialog, OfferOptions, RequestOptions, UserAgentOutput } from '@strowger/sip-ua/call'
import { linesOf } from '../parts.ts'
import { CallEndedError } from './call-ended.ts'
import type { AnsweredCall, CallOutput, CallSession, PhoneCall, SendOptions, WithHeaders } from './phone-call.ts'

/** The agent's verbs for one call, each followed by a drain. */
export interface CallVerbs {
  readonly state: () => CallState
  readonly session: (dialog?: InDialog) => CallSession
  readonly ring: (status: number | undefined, content: Content) => boolean
  readonly answer: (content: Content) => boolean
  readonly refuse: (status: number | undefined, headers: readonly HeaderLine[]) => boolean
  readonly hangUp: (how: { readonly headers: readonly HeaderLine[] }) => boolean
  readonly offer: (description: Uint8Array | undefined, options: OfferOptions) => boolean
  readonly answerOffer: (description: Uint8Array, options: InDialog) => boolean
  readonly refuseOffer: (status: number | undefined, options: InDialog & { readonly headers: readonly HeaderLine[] }) => boolean
  readonly prack: (content: Content & InDialog) => boolean
  readonly request: (method: string, options: RequestOptions & InDialog) => number | undefined
  readonly respond: (id: number, status: number, options: RequestOptions) => boolean
}

export class LiveCall implements PhoneCall {
  readonly id: string
  readonly peer: string
  readonly request: SipRequest | undefined
  readonly offered: Uint8Array | undefined
  readonly answered: Promise<AnsweredCall>
  readonly ended: Promise<CallOutput<'ended'>>
  readonly #verbs: CallVerbs
  readonly #waiting: UserAgentOutput[] = []
  readonly #takers = new Set<(output: UserAgentOutput) => boolean>()
  #end!: (output: CallOutput<'ended'>) => void
  #answer!: { readonly resolve: (how: AnsweredCall) => void; readonly reject: (error: CallEndedError) => void }
  #over: CallOutput<'ended'> | undefined

  /** `from`: whom we call, or their call. */
  constructor(id: string, verbs: CallVerbs, from: string | CallOutput<'incoming'>) {
    const incoming = typeof from === 'string' ? undefined : from
    this.id = id
    this.peer = typeof from === 'string' ? from : callerOf(from.request)
    this.request = incoming?.request
    this.offered = incoming?.offer
    this.#verbs = verbs
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
    this.answered = new Promise((resolve, reject) => {
      this.#answer = { resolve, reject }
    })
    // Most never ask.
    this.answered.catch(() => {})
  }

  get state(): CallState {
    return this.#verbs.state()
  }

  get session(): CallSession {
    return this.#verbs.session()
  }

  next<Kind extends UserAgentOutput['kind']>(...kinds: readonly Kind[]): Promise<CallOutput<Kind>> {
    return this.#next((output): output is CallOutput<Kind> => (kinds as readonly string[]).includes(output.kind))
  }

  nextOffer(): Promise<CallOutput<'offer'> & { readonly offer: Uint8Array }> {
    return this.#next(
      (output): output is CallOutput<'offer'> & { readonly offer: Uint8Array } => output.kind === 'offer' && output.offer !== undefined,
    )
  }

  ring(status?: number, description?: Uint8Array, { headers }: WithHeaders = {}): boolean {
    return this.#verbs.ring(status, content(description, headers))
  }

  answer(description?: Uint8Array, { headers }: WithHeaders = {}): boolean {
    return this.#verbs.answer(content(description, headers))
  }

  refuse(status?: number, { headers }: WithHeaders = {}): boolean {
    return this.#verbs.refuse(status, linesOf(headers))
  }

  hangUp({ headers }: WithHeaders = {}): boolean {
    return this.#verbs.hangUp({ headers: linesOf(headers) })
  }

  offer(description?: Uint8Array, { by, headers }: WithHeaders & { readonly by?: 'INVITE' | 'UPDATE' | undefined } = {}): boolean {
    return this.#verbs.offer(description, { headers: linesOf(headers), ...(by && { by }) })
  }

  answerOffer(description: Uint8Array, options: InDialog = {}): boolean {
    return this.#verbs.answerOffer(description, options)
  }

  refuseOffer(status?: number, { headers, ...where }: InDialog & WithHeaders = {}): boolean {
    return this.#verbs.refuseOffer(status, { ...where, headers: linesOf(headers) })
  }

  prack(description?: Uint8Array, { headers, ...where }: InDialog & WithHeaders = {}): boolean {
    return this.#verbs.prack({ ...where, ...content(description, headers) })
  }

  send(method: string, { dialog, ...options }: SendOptions = {}): number | undefined {
    return this.#verbs.request(method, { ...requestOptions(options), ...(dialog !== undefined && { dialog }) })
  }

  respond(id: number, status: number, options: Omit<SendOptions, 'dialog'> = {}): boolean {
    return this.#verbs.respond(id, status, requestOptions(options))
  }

  /** For the phone: what the agent said of this call. */
  tell(output: UserAgentOutput): void {
    if (output.kind === 'ended') this.#over = output
    else this.#noteAnswer(output)
    const takers = [...this.#takers]
    // Whoever waits for something else is to hear of the end, too.
    const taken = output.kind === 'ended' ? takers.map(take => take(output)).includes(true) : takers.some(take => take(output))
    if (!taken) this.#waiting.push(output)
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift()
    if (output.kind !== 'ended') return
    this.#answer.reject(new CallEndedError(output, this.peer))
    this.#end(output)
  }

  /** A promise settles once: what comes later changes nothing. */
  #noteAnswer(output: UserAgentOutput): void {
    if (output.kind !== 'answered' && (output.kind !== 'confirmed' || this.request === undefined)) return
    const { dialog } = output
    const answer = this.#verbs.session({ dialog }).remote ?? new Uint8Array()
    this.#answer.resolve({ answer, dialog, response: output.kind === 'answered' ? output.response : undefined })
  }

  #next<Wanted extends UserAgentOutput>(isWanted: (output: UserAgentOutput) => output is Wanted): Promise<Wanted> {
    const at = this.#waiting.findIndex(isWanted)
    if (at >= 0) return Promise.resolve(this.#waiting.splice(at, 1)[0] as Wanted)
    if (this.#over !== undefined) return Promise.reject(new CallEndedError(this.#over, this.peer))
    return new Promise((resolve, reject) => {
      const take = (output: UserAgentOutput): boolean => {
        if (isWanted(output)) resolve(output)
        else if (output.kind === 'ended') reject(new CallEndedError(output, this.peer))
        else return false
        this.#takers.delete(take)
        return isWanted(output)
      }
      this.#takers.add(take)
    })
  }
}

function callerOf({ headers }: SipRequest): string {
  const from = headers.get(From)
  return from === undefined ? 'the caller' : formatUri(from.uri)
}

function content(description: Uint8Array | undefined, headers: WithHeaders['headers']): Content {
  return { headers: linesOf(headers), ...(description && { description }) }
}

function requestOptions({ headers, contentType, body }: Omit<SendOptions, 'dialog'>): RequestOptions {
  return { headers: linesOf(headers), ...(contentType !== undefined && { contentType }), ...(body && { body }) }
}

const MOST_WAITING = 1000
