/** A phone's call with audio in it: whatever is agreed decides where our audio goes. RFC 3264 §5, §8.4, RFC 3261 §13, §14. */
import { CallEndedError, type CallOutput, type Phone, type PhoneCall } from '@strowger/sip-transport'
import type { Voice } from './voice.ts'
import { within } from './within.ts'

export type CallEnd = 'hung up' | 'other side hung up' | 'no ACK'

export type CallOutcome =
  | { readonly kind: 'answered'; readonly call: VoiceCall }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }

export class VoiceCall {
  readonly voice: Voice
  /** Resolves once, whoever ends it. */
  readonly ended: Promise<CallEnd>
  readonly #call: PhoneCall
  #held = false
  /** Waits for what becomes of an offer of ours. */
  #offered: ((status: number) => void) | undefined

  constructor(call: PhoneCall, voice: Voice) {
    this.#call = call
    this.voice = voice
    this.ended = call.ended.then(end => this.#finish(end))
    this.#follow()
  }

  async hangUp(): Promise<void> {
    this.#call.hangUp()
    await this.ended
  }

  /** The other side is to be silent until `resume`. Resolves to the final status. RFC 3264 §8.4. */
  hold(): Promise<number> {
    this.#held = true
    this.voice.audio.sendTo(undefined)
    return this.#offer()
  }

  resume(): Promise<number> {
    this.#held = false
    return this.#offer()
  }

  #offer(): Promise<number> {
    return new Promise(resolve => {
      this.#offered = resolve
      if (!this.#call.offer(this.voice.offer(this.#held ? 'sendonly' : 'sendrecv'))) this.#settle(REQUEST_PENDING)
    })
  }

  /** Takes what the call tells as long as it lasts. */
  #follow(): void {
    this.#call.next('answer', 'offer', 'offer refused').then(
      output => {
        this.#take(output)
        this.#follow()
      },
      () => {},
    )
  }

  #take(output: CallOutput<'answer' | 'offer' | 'offer refused'>): void {
    if (output.kind === 'offer refused') return this.#settle(output.status)
    if (output.kind === 'offer') return this.#answer(output.offer)
    if (!this.#held) this.voice.take(output.answer)
    this.#settle(200)
  }

  #answer(offered: Uint8Array | undefined): void {
    const description = offered === undefined ? this.voice.offer() : this.voice.answer(offered)
    if (description === undefined) this.#call.refuseOffer()
    else this.#call.answerOffer(description)
  }

  #settle(status: number): void {
    this.#offered?.(status)
    this.#offered = undefined
  }

  #finish({ by, cause }: CallOutput<'ended'>): CallEnd {
    this.voice.audio.sendTo(undefined)
    this.#settle(NO_SUCH_CALL)
    if (cause === 'no ACK') return cause
    return by === 'us' ? 'hung up' : 'other side hung up'
  }
}

export interface Dialled {
  readonly to: string
  /** Default: the phone's own. */
  readonly from?: string
  /** For an answer. */
  readonly patienceMs: number
}

/** Calls, and gives up when nobody answers in time. @throws {TransportError} `no-target`. */
export async function dial(phone: Phone, voice: Voice, { to, from, patienceMs }: Dialled): Promise<CallOutcome> {
  const made = await phone.call(to, { offer: voice.offer(), from })
  const call = new VoiceCall(made, voice)
  try {
    const { answer } = await within(made.answered, patienceMs, () => void made.hangUp())
    if (voice.take(answer)) return { kind: 'answered', call }
  } catch (error) {
    if (error instanceof CallEndedError) return refusal(error)
    throw error
  }
  await call.hangUp()
  return { kind: 'refused', status: 488, reason: 'The answer has no audio' }
}

/** `undefined` when the caller is gone, or offers nothing we speak (488 then). */
export function answer(incoming: PhoneCall, voice: Voice): VoiceCall | undefined {
  const description = incoming.offered === undefined ? voice.offer() : voice.answer(incoming.offered)
  if (description === undefined) incoming.refuse(488)
  else if (incoming.answer(description)) return new VoiceCall(incoming, voice)
  return undefined
}

/** An answer that crossed our CANCEL is no answer. */
function refusal({ ended: { status, response } }: CallEndedError): CallOutcome {
  if (status < 300) return { kind: 'refused', status: 487, reason: 'Cancelled' }
  const silence = status === 408 ? 'Nobody answered' : 'Nobody is there'
  return { kind: 'refused', status, reason: response?.reason ?? silence }
}

const REQUEST_PENDING = 491
const NO_SUCH_CALL = 481
