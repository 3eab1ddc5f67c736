/** One request of ours and its final response, over as many targets and challenges as it takes. RFC 3261 §8.1, §22, RFC 3263 §4.3. */
import type { MessageEdit, SipResponse, Uri } from '@strowger/sip-parser'
import type { Address, ClientTransaction, Hop } from '@strowger/sip-transaction'
import { type Answering, type AnsweringOptions, answerChallenges, NO_CHALLENGES, takeChallenges } from '@strowger/sip-ua/digest'
import type { SipEndpoint } from './endpoint.ts'
import { type Draft, draftedAgain, draftOf, inDialog, type OutgoingRequest, outOfDialog } from './requests.ts'
import { type Resolver, walkTargets } from './resolver.ts'
import { type Target, TRANSPORTS } from './targets.ts'
import { TransportError } from './transport-error.ts'
import { leadsNowhere, uriOf } from './uri-of.ts'
import { ownCallId } from './workers/own-call-id.ts'

type Outcome = SipResponse | 'timeout' | 'transport' | 'closed'

/** How a phone sends, whom everybody knows; `listen` has none of it. */
export interface ExchangeWay {
  /** Goes there first, whatever the Request-URI. RFC 3261 §8.1.2. */
  readonly proxy?: Uri | undefined
  /** Pre-loaded Route, first to be visited first. RFC 3261 §8.1.1.1. */
  readonly routes?: readonly string[] | undefined
  /** Default From. */
  readonly from?: string | undefined
  /** Who answers 401 and 407, and how. RFC 3261 §22. */
  readonly answering?: AnsweringOptions | undefined
}

export class Exchange {
  readonly #endpoint: SipEndpoint
  readonly #resolver: Resolver
  /** Told the id of each transaction, so that its outputs come back here. */
  readonly #began: (id: number) => void
  readonly #way: ExchangeWay
  #draft: Draft
  #challenges: Answering = NO_CHALLENGES
  #hop: Hop | undefined
  #transaction: ClientTransaction | undefined
  #settle: ((outcome: Outcome) => void) | undefined
  #abandoned = false

  constructor(endpoint: SipEndpoint, request: OutgoingRequest, resolver: Resolver, began: (id: number) => void, way: ExchangeWay = {}) {
    this.#endpoint = endpoint
    this.#draft = draftOf(request, way.from, ownCallId(endpoint), way.routes)
    this.#resolver = resolver
    this.#began = began
    this.#way = way
  }

  run(signal?: AbortSignal): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#abandon()
        reject(signal?.reason)
      }
      if (signal?.aborted) abort()
      else {
        signal?.addEventListener('abort', abort, { once: true })
        this.#walk()
          .then(resolve, reject)
          .finally(() => signal?.removeEventListener('abort', abort))
      }
    })
  }

  onResponse(response: SipResponse): void {
    if (response.status < 200) return
    if (this.#draft.method === 'INVITE' && response.status < 300) {
      this.#acknowledge(response)
      if (this.#abandoned) this.#hangUp(response)
    }
    this.#settle?.(response)
  }

  /** `closed`: so are our sockets. */
  onFailed(cause: Exclude<Outcome, SipResponse>): void {
    this.#settle?.(cause)
  }

  async #walk(): Promise<SipResponse> {
    const { uri: text } = this.#draft
    const goal = this.#way.proxy ?? uriOf(this.#way.routes?.[0] ?? text)
    let last: Outcome | undefined
    for await (const target of this.#targets(goal)) {
      last = await this.#attempt(target)
      while (typeof last === 'object' && this.#takesChallenge(last)) last = await this.#attempt(target)
      if (this.#abandoned || last === 'closed' || (typeof last === 'object' && last.status !== 503)) break
    }
    if (typeof last === 'object') return last
    throw this.#failure(last, text, goal)
  }

  #failure(last: Exclude<Outcome, SipResponse> | undefined, text: string, goal: Uri): TransportError {
    if (last === undefined) return leadsNowhere(goal)
    if (last === 'timeout') return new TransportError('timeout', `${text} does not answer`)
    if (last === 'closed') return new TransportError('closed', `our sockets were closed before ${text} had answered`)
    return unreachable(text, this.#hop && this.#endpoint.failureOn(this.#hop))
  }

  async *#targets(uri: Uri): AsyncGenerator<Target> {
    if (uri.host === '') return
    const transports = TRANSPORTS.filter(transport => this.#endpoint.listensOn(transport))
    const messageBytes = outOfDialog(this.#draft, { address: '255.255.255.255', port: 65_535 }).toBytes().length + VIA_BYTES
    yield* walkTargets({ uri, transports, messageBytes, random: Math.random }, this.#resolver)
  }

  #attempt({ transport, ...remote }: Target): Promise<Outcome> {
    return new Promise(resolve => {
      if (this.#abandoned) {
        resolve('transport')
        return
      }
      this.#settle = resolve
      const local = this.#endpoint.localFor(transport, remote)
      this.#hop = { transport, remote, local }
      const { layer } = this.#endpoint
      this.#transaction = layer.send(this.#endpoint.now(), this.#written(local), this.#hop)
      this.#began(this.#transaction.id)
      this.#endpoint.drain()
    })
  }

  #written(local: Address): MessageEdit {
    const message = outOfDialog(this.#draft, local)
    const { answering } = this.#way
    if (answering === undefined || this.#challenges.challenges.length === 0) return message
    const { uri, body } = this.#draft
    this.#challenges = answerChallenges(this.#challenges, message, { uri, ...(body && { body }) }, answering)
    return message
  }

  /** Then the same request goes out once more, with the next CSeq and our answer. RFC 3261 §8.1.3.5, §22.2. */
  #takesChallenge(response: SipResponse): boolean {
    const { answering } = this.#way
    const taken = answering && !this.#abandoned ? takeChallenges(this.#challenges, response, answering) : undefined
    if (taken === undefined) return false
    this.#challenges = taken
    this.#draft = draftedAgain(this.#draft)
    return true
  }

  /** RFC 3261 §9.1; only an INVITE can be cancelled. */
  #abandon(): void {
    this.#abandoned = true
    if (this.#transaction === undefined || this.#draft.method !== 'INVITE') return
    this.#endpoint.layer.cancel(this.#endpoint.now(), this.#transaction)
    this.#endpoint.drain()
  }

  /** With the credentials of the INVITE. RFC 3261 §13.2.2.4, §22.1. */
  #acknowledge(response: SipResponse): void {
    const ack = inDialog('ACK', response)
    for (const name of ['Authorization', 'Proxy-Authorization'])
      for (const value of this.#transaction?.request.headers.raw(name) ?? []) ack?.message.raw(name, value)
    if (ack !== undefined && this.#hop !== undefined) this.#endpoint.layer.sendStateless(ack.message, { ...this.#hop, ...ack.remote })
  }

  /** The answer crossed our CANCEL: a call nobody wants. RFC 3261 §15. */
  #hangUp(response: SipResponse): void {
    const bye = inDialog('BYE', response)
    if (bye !== undefined && this.#hop !== undefined)
      this.#endpoint.layer.send(this.#endpoint.now(), bye.message, { ...this.#hop, ...bye.remote })
  }
}

/** What the Via adds that is not written yet. */
const VIA_BYTES = 100

function unreachable(text: string, cause: TransportError | undefined): TransportError {
  return new TransportError('unreachable', `${text} cannot be reached${cause === undefined ? '' : `: ${cause.message}`}`, { cause })
}
