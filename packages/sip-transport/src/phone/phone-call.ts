/** One call of a phone: its verbs, and its outputs as promises. RFC 3261 §13, RFC 3725 §4. */
import type { SipRequest } from '@strowger/sip-parser'
import type { Content, InDialog, RequestOptions, UserAgentOutput } from '@strowger/sip-ua/call'

/** What a call tells, by kind; see `UserAgentOutput`. */
export type CallOutput<Kind extends UserAgentOutput['kind'] = UserAgentOutput['kind']> = Extract<UserAgentOutput, { readonly kind: Kind }>

/** The agent's verbs for one call, each followed by a drain. */
export interface CallVerbs {
  ring(status?: number, content?: Content): boolean
  answer(content?: Content): boolean
  refuse(status?: number): boolean
  hangUp(): boolean
  offer(description?: Uint8Array, options?: { readonly by?: 'INVITE' | 'UPDATE' }): boolean
  answerOffer(description: Uint8Array, options?: InDialog): boolean
  refuseOffer(status?: number, options?: InDialog): boolean
  request(method: string, options?: RequestOptions & InDialog): number | undefined
  respond(id: number, status: number, options?: RequestOptions): boolean
}

/**
 * The verbs answer false when the call has no use for them any more. What the call tells waits until it is asked for, at most 1000 things;
 * the oldest go first.
 */
export class PhoneCall {
  /** The agent's name for it. */
  readonly id: string
  /** Of a call from somebody else: their INVITE. */
  readonly request: SipRequest | undefined
  /** Their session description, when the INVITE brought one. */
  readonly offered: Uint8Array | undefined
  /** How it ended. Never rejects. */
  readonly ended: Promise<CallOutput<'ended'>>
  readonly #verbs: CallVerbs
  readonly #waiting: UserAgentOutput[] = []
  readonly #takers = new Set<(output: UserAgentOutput) => boolean>()
  #end!: (output: CallOutput<'ended'>) => void
  #over: CallOutput<'ended'> | undefined

  constructor(id: string, verbs: CallVerbs, incoming?: CallOutput<'incoming'>) {
    this.id = id
    this.request = incoming?.request
    this.offered = incoming?.offer
    this.#verbs = verbs
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  /** Waits for what comes next of these kinds. @throws {CallEndedError} when the call ends first. */
  next<Kind extends UserAgentOutput['kind']>(...kinds: readonly Kind[]): Promise<CallOutput<Kind>> {
    const wanted = (output: UserAgentOutput): output is CallOutput<Kind> => (kinds as readonly string[]).includes(output.kind)
    const at = this.#waiting.findIndex(wanted)
    if (at >= 0) return Promise.resolve(this.#waiting.splice(at, 1)[0] as CallOutput<Kind>)
    if (this.#over !== undefined) return Promise.reject(new CallEndedError(this.#over))
    return new Promise((resolve, reject) => {
      const take = (output: UserAgentOutput): boolean => {
        if (wanted(output)) resolve(output)
        else if (output.kind === 'ended') reject(new CallEndedError(output))
        else return false
        this.#takers.delete(take)
        return wanted(output)
      }
      this.#takers.add(take)
    })
  }

  /** 180 or another provisional response; a `description` in it is early media. */
  ring(status?: number, content?: Content): boolean {
    return this.#verbs.ring(status, content)
  }

  /** 200, with our session description: the answer to `offered`, or an offer where there is none. */
  answer(description?: Uint8Array): boolean {
    return this.#verbs.answer(description && { description })
  }

  /** Default 486. */
  refuse(status?: number): boolean {
    return this.#verbs.refuse(status)
  }

  /** BYE, CANCEL or a refusal, whichever the call needs. */
  hangUp(): boolean {
    return this.#verbs.hangUp()
  }

  /** Offers a new session, as hold does: `answer` or `offer refused` follows. */
  offer(description?: Uint8Array, options?: { readonly by?: 'INVITE' | 'UPDATE' }): boolean {
    return this.#verbs.offer(description, options)
  }

  /** Our answer to an `offer` of theirs, or our offer where they asked for one. */
  answerOffer(description: Uint8Array, options?: InDialog): boolean {
    return this.#verbs.answerOffer(description, options)
  }

  /** Default 488. */
  refuseOffer(status?: number, options?: InDialog): boolean {
    return this.#verbs.refuseOffer(status, options)
  }

  /** INFO, REFER and the like; its `response` comes under the id returned. */
  send(method: string, options?: RequestOptions & InDialog): number | undefined {
    return this.#verbs.request(method, options)
  }

  /** To a `request` of theirs. */
  respond(id: number, status: number, options?: RequestOptions): boolean {
    return this.#verbs.respond(id, status, options)
  }

  /** For the phone: what the agent said of this call. */
  tell(output: UserAgentOutput): void {
    if (output.kind === 'ended') this.#over = output
    const taken = [...this.#takers].some(take => take(output))
    if (!taken) this.#waiting.push(output)
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift()
    if (output.kind === 'ended') this.#end(output)
  }
}

/** The call ended before what was waited for; `ended` says how. */
export class CallEndedError extends Error {
  readonly code: 'call-ended' = 'call-ended'
  /** The last thing the call told. */
  readonly ended: CallOutput<'ended'>

  constructor(ended: CallOutput<'ended'>) {
    super(`the call ended with ${ended.status}${ended.cause === undefined ? '' : ` (${ended.cause})`}, by ${ended.by}`)
    this.name = 'CallEndedError'
    this.ended = ended
  }
}

const MOST_WAITING = 1000
