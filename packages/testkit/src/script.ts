/** What a phone or carrier does, step by step: plain data, written with a few verbs. RFC 3261 §8, §17. */
import type { Malformed, SipRequest, SipResponse } from '@strowger/sip-parser'

/** What is waited for: a method (`INVITE`), a status (`180`), a class (`1xx`), or `malformed`. */
export type Awaited = string | number

/** What a message must have besides. */
export interface Expectation {
  /** Skipped when another message comes first, or none in time. Default false. */
  readonly optional?: boolean
  /** Default 32000, 64·T1. */
  readonly withinMs?: number
  /** Of a response: the method in its CSeq. */
  readonly method?: string
  /** Headers that must be there, and what the first value of each must contain. */
  readonly headers?: Readonly<Record<string, string | RegExp>>
  /** Headers that must not be there. */
  readonly without?: readonly string[]
  /** What its body must contain, read as UTF-8. */
  readonly body?: string | RegExp
  /** Its body must be a lawful answer to the SDP that this phone sent last (RFC 3264 §6). Default false. */
  readonly lawfulAnswer?: boolean
  /** Keeps the first value of headers under names, `{ flow: 'Route' }`; `{flow}` in a later step stands for it. */
  readonly capture?: Readonly<Record<string, string>>
  /** What is wrong with the message, in one sentence; `undefined` where nothing is. */
  readonly check?: (message: SipRequest | SipResponse | Malformed) => string | undefined
}

/** How a message is to differ from the right one. `{name}` in texts stands for a captured value, `{address}`, `{port}` and `{uri}`. */
export interface Alteration {
  /** Appended behind those that the phone writes; `{name}` in a value is filled in. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** A body of application/sdp; line ends become CRLF. */
  readonly sdp?: string
  /** Another body than SDP: its Content-Type and text; line ends become CRLF. */
  readonly body?: { readonly type: string; readonly text: string }
  /** In the top Via, `z9hG4bK` included. A wrong one is nobody's transaction. */
  readonly branch?: string
  /** The tag of To; `false` for none. */
  readonly toTag?: string | false
  /** Headers to leave out, also those that must be there. */
  readonly omit?: readonly string[]
  /** Default 1. */
  readonly copies?: number
  /** The last word on the bytes. */
  readonly change?: (bytes: Uint8Array) => Uint8Array
  /** Default true: as RFC 3261 §17 says, until it is answered. */
  readonly retransmit?: boolean
}

/** How a request differs from the usual one. */
export interface SendOptions extends Alteration {
  /** The Request-URI, and To outside a dialog. Default: the phone's `target`, or the remote target of its dialog. */
  readonly uri?: string
  /** The number in CSeq. */
  readonly cseq?: number
  /** Begins another call: new Call-ID and tags. */
  readonly fresh?: boolean
  /** The party it is sent to, whatever the route says. */
  readonly hop?: string
}

/** How a response differs from the usual one. */
export interface ReplyOptions extends Alteration {
  /** Which request is answered: the last one of that method. Default: the last one. */
  readonly to?: string
  /** The reason phrase. Default: the usual one of the status. */
  readonly reason?: string
}

/** One step. Switch on `kind`. */
export type Step =
  | { readonly kind: 'expect'; readonly what: Awaited; readonly options: Expectation }
  | { readonly kind: 'reply'; readonly status: number; readonly options: ReplyOptions }
  | { readonly kind: 'send'; readonly method: string; readonly options: SendOptions }
  | { readonly kind: 'raw'; readonly text: string | Uint8Array; readonly hop?: string }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'quiet'; readonly ms: number }
  | { readonly kind: 'either'; readonly branches: readonly (readonly Step[])[] }

/** A sequence of steps; each verb gives a longer one and leaves this one as it is, so beginnings can be shared. */
export class Script {
  /** In order; plain data. */
  readonly steps: readonly Step[]

  constructor(steps: readonly Step[] = []) {
    this.steps = steps
  }

  /** Waits for a message. 100 is passed over where it is not asked for. */
  expect(what: Awaited, options: Expectation = {}): Script {
    return this.#with({ kind: 'expect', what, options })
  }

  /** Answers the last request that was expected. */
  reply(status: number, options: ReplyOptions = {}): Script {
    return this.#with({ kind: 'reply', status, options })
  }

  /** Sends a request: inside the dialog where there is one. ACK and CANCEL are those of the last INVITE (RFC 3261 §9.1, §13.2.2.4, §17.1.1.3). */
  send(method: string, options: SendOptions = {}): Script {
    return this.#with({ kind: 'send', method, options })
  }

  /** Sends bytes as they are; in text, line ends become CRLF and `{name}` is filled in. */
  sendRaw(text: string | Uint8Array, hop?: string): Script {
    return this.#with({ kind: 'raw', text, ...(hop !== undefined && { hop }) })
  }

  /** Does nothing for a while; what comes meanwhile waits. */
  pause(ms: number): Script {
    return this.#with({ kind: 'pause', ms })
  }

  /** Nothing may come for a while, retransmissions and what is ignored aside. */
  quiet(ms: number): Script {
    return this.#with({ kind: 'quiet', ms })
  }

  /**
   * Goes the way whose first step, an `expect`, fits the next message; then on behind it. A way that begins with `pause` is gone when
   * nothing came in that time.
   */
  either(...branches: readonly Script[]): Script {
    if (!branches.every(({ steps }) => steps[0]?.kind === 'expect' || steps[0]?.kind === 'pause'))
      throw new TypeError('Each way of `either` begins with `expect` or `pause`')
    return this.#with({ kind: 'either', branches: branches.map(({ steps }) => steps) })
  }

  /** The steps of another one behind these, `times` times. */
  followedBy(other: Script, times = 1): Script {
    return new Script([...this.steps, ...Array.from({ length: times }, () => other.steps).flat()])
  }

  #with(step: Step): Script {
    return new Script([...this.steps, step])
  }
}

/** An empty script: `script().expect('INVITE').reply(180).pause(500).reply(200, { sdp })`. */
export function script(): Script {
  return new Script()
}

/** `expect 180`, as a failure lists it. */
export function stepText(step: Step): string {
  switch (step.kind) {
    case 'expect':
      return `expect ${step.what}${step.options.method ? ` of ${step.options.method}` : ''}${step.options.optional ? ' (optional)' : ''}`
    case 'reply':
      return `reply ${step.status}${step.options.to ? ` to ${step.options.to}` : ''}`
    case 'send':
      return `send ${step.method}`
    case 'raw':
      return 'send raw bytes'
    case 'pause':
      return `pause ${step.ms} ms`
    case 'quiet':
      return `quiet for ${step.ms} ms`
    case 'either':
      return `either ${step.branches.map(([first]) => stepText(first!)).join(' or ')}`
  }
}
