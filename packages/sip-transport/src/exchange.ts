/** One request of ours and its final response, over as many targets as it takes. RFC 3261 §8.1, RFC 3263 §4.3. */
import { parseUri, type SipResponse, type Uri } from '@strowger/sip-parser'
import type { ClientTransaction, Hop } from '@strowger/sip-transaction'
import type { SipEndpoint } from './endpoint.ts'
import { inDialog, type OutgoingRequest, outOfDialog } from './requests.ts'
import { type Resolver, resolveTargets } from './resolver.ts'
import type { Target } from './targets.ts'
import { TransportError } from './transport-error.ts'

type Outcome = SipResponse | 'timeout' | 'transport'

export class Exchange {
  readonly #endpoint: SipEndpoint
  readonly #request: OutgoingRequest
  readonly #resolver: Resolver
  /** Told the id of each transaction, so that its outputs come back here. */
  readonly #began: (id: number) => void
  #hop: Hop | undefined
  #transaction: ClientTransaction | undefined
  #settle: ((outcome: Outcome) => void) | undefined
  #abandoned = false

  constructor(endpoint: SipEndpoint, request: OutgoingRequest, resolver: Resolver, began: (id: number) => void) {
    this.#endpoint = endpoint
    this.#request = request
    this.#resolver = resolver
    this.#began = began
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
    if (this.#request.method === 'INVITE' && response.status < 300) {
      this.#acknowledge(response)
      if (this.#abandoned) this.#hangUp(response)
    }
    this.#settle?.(response)
  }

  onFailed(cause: 'timeout' | 'transport'): void {
    this.#settle?.(cause)
  }

  async #walk(): Promise<SipResponse> {
    const { uri: text } = this.#request
    const uri = parseUri(text)
    if (uri === undefined) throw new TransportError('no-target', `"${text}" is not a URI`)
    let last: Outcome | undefined
    for (const target of await this.#targets(uri)) {
      last = await this.#attempt(target)
      if (typeof last === 'object' && last.status !== 503) return last
      if (this.#abandoned) break
    }
    if (typeof last === 'object') return last
    if (last === undefined) throw new TransportError('no-target', `${text} leads to no address we can send to`)
    if (last === 'timeout') throw new TransportError('timeout', `${text} does not answer`)
    throw new TransportError('unreachable', `${text} cannot be reached`)
  }

  async #targets(uri: Uri): Promise<readonly Target[]> {
    const transports = (['UDP', 'TCP'] as const).filter(transport => this.#endpoint.listensOn(transport))
    const messageBytes = outOfDialog(this.#request, { address: '255.255.255.255', port: 65_535 }).toBytes().length + VIA_BYTES
    return resolveTargets({ uri, transports, messageBytes, random: Math.random }, this.#resolver)
  }

  #attempt({ transport, address, port }: Target): Promise<Outcome> {
    return new Promise(resolve => {
      if (this.#abandoned) {
        resolve('transport')
        return
      }
      this.#settle = resolve
      const remote = { address, port }
      const local = this.#endpoint.localFor(transport, remote)
      this.#hop = { transport, remote, local }
      const { layer } = this.#endpoint
      this.#transaction = layer.send(this.#endpoint.now(), outOfDialog(this.#request, local), this.#hop)
      this.#began(this.#transaction.id)
      this.#endpoint.drain()
    })
  }

  /** RFC 3261 §9.1; only an INVITE can be cancelled. */
  #abandon(): void {
    this.#abandoned = true
    if (this.#transaction === undefined || this.#request.method !== 'INVITE') return
    this.#endpoint.layer.cancel(this.#endpoint.now(), this.#transaction)
    this.#endpoint.drain()
  }

  /** RFC 3261 §13.2.2.4. */
  #acknowledge(response: SipResponse): void {
    const ack = inDialog('ACK', response)
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
