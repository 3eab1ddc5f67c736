/** What the agent tells its user, pulled with `poll`. RFC 3261 §13, RFC 6337 §2. */
import type { SipRequest, SipResponse } from '@strowger/sip-parser'

/** Switch on `kind`. `call` is the agent's name for the call, `dialog` the remote tag: it tells one ringing phone from another. */
export type UserAgentOutput =
  /**
   * Somebody calls: `ring`, `answer` or `hangUp` it. `offer`: their session description; without one, ours goes into the answer.
   * `replaces`: the call of ours that ends when this one is answered (RFC 3891 §3).
   */
  | {
      readonly kind: 'incoming'
      readonly call: string
      readonly request: SipRequest
      readonly offer?: Uint8Array
      readonly replaces?: string
    }
  /**
   * 101 to 199 for a call of ours. `dialog` is absent when the response makes none. Comes after an `answer` or `offer` in it. `prack`: its
   * PRACK waits for the verb of that name.
   */
  | {
      readonly kind: 'progress'
      readonly call: string
      readonly dialog?: string
      readonly status: number
      readonly response: SipResponse
      readonly prack?: true
    }
  /**
   * They answered our offer. `early`: in a 1xx that may be lost; the 2xx says it again, or means it (RFC 3261 §13.2.1).
   * Comes before the `answered` of the same 2xx.
   */
  | { readonly kind: 'answer'; readonly call: string; readonly dialog: string; readonly answer: Uint8Array; readonly early: boolean }
  /** They offer, or, without `offer`, ask for an offer of ours: `answerOffer` or `refuseOffer`. */
  | { readonly kind: 'offer'; readonly call: string; readonly dialog: string; readonly offer?: Uint8Array }
  /** Our offer was refused, or could not be made: what was agreed before counts (RFC 6141 §3). `status` 408, 503: no answer. */
  | { readonly kind: 'offer refused'; readonly call: string; readonly dialog: string; readonly status: number }
  /** 2xx to our INVITE. When it brought an offer, an `offer` follows, and the call is `confirmed` when that is answered. */
  | { readonly kind: 'answered'; readonly call: string; readonly dialog: string; readonly response: SipResponse }
  /** Both sides know that the call is up: the ACK came, or left. */
  | { readonly kind: 'confirmed'; readonly call: string; readonly dialog: string }
  /** INFO, MESSAGE, REFER, NOTIFY and the like inside the call: `respond` to it. */
  | { readonly kind: 'request'; readonly call: string; readonly dialog: string; readonly id: number; readonly request: SipRequest }
  /** To what `request` sent. `status` 408, 503 without a `response`: no answer. */
  | { readonly kind: 'response'; readonly call: string; readonly id: number; readonly status: number; readonly response?: SipResponse }
  /** Once per call. `response`: the refusal, with the Contacts of a 3xx; `request`: their BYE or CANCEL, with its Reason. */
  | {
      readonly kind: 'ended'
      readonly call: string
      readonly by: 'us' | 'them' | 'network'
      /** The final status of the INVITE; 200 when it had been answered. */
      readonly status: number
      /** `busy`, `no ACK` and the like: for logs. */
      readonly cause?: string
      readonly response?: SipResponse
      readonly request?: SipRequest
    }
