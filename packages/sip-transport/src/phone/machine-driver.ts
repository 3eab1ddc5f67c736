/** Runs a machine of `sip-ua` on the phone's sockets: sends what it wants sent, brings it the answers, wakes it. RFC 3261 §8.1. */
import type { MessageEdit, SipResponse, Uri } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import type { CoreOutput, SipEndpoint } from '../endpoint.ts'
import { WakeTimer } from '../wake-timer.ts'

/** A registration, a subscription, a publication. */
export interface Machine<Output> {
  readonly nextWake: number
  wake(now: number): void
  poll(): Output | undefined
}

/** What they all put out, besides what their user is told. */
export interface Sending {
  readonly kind: 'send'
  readonly request: MessageEdit
  readonly hop: Uri
  /** The machine's name for it. */
  readonly id?: number
}

/** Where the machine lives. */
export interface Ground {
  readonly endpoint: SipEndpoint
  readonly hop: (uri: Uri, request: MessageEdit) => Hop
  /** Another way, when those in `tried` have failed. RFC 3263 §4.3. */
  readonly elsewhere: (uri: Uri, tried: readonly Hop[]) => Hop | undefined
}

/** A request that is out, and by which ways it went. */
interface Sent {
  readonly output: Sending
  readonly tried: readonly Hop[]
}

export interface DriverOptions<Told> {
  readonly machine: Machine<Told | Sending>
  readonly tell: (output: Told) => void
  /** A final response to what was sent as `id`; `undefined`: none will come. */
  readonly answered: (now: number, id: number, response: SipResponse | undefined) => void
}

export class MachineDriver<Told extends { readonly kind: string }> {
  readonly #ground: Ground
  readonly #options: DriverOptions<Told>
  readonly #timer: WakeTimer
  /** By transaction. */
  readonly #sent = new Map<number, Sent>()

  constructor(ground: Ground, options: DriverOptions<Told>) {
    this.#ground = ground
    this.#options = options
    this.#timer = new WakeTimer(
      () => ground.endpoint.now(),
      () => this.act(now => options.machine.wake(now)),
    )
  }

  /** Does something to the machine, and then what it wants. */
  act<T>(act: (now: number) => T): T {
    const result = act(this.#ground.endpoint.now())
    const { machine } = this.#options
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) this.#perform(output)
    this.#timer.set(machine.nextWake)
    this.#ground.endpoint.drain()
    return result
  }

  /** True when it is about a request of this machine. */
  take(output: CoreOutput): boolean {
    if (!('transaction' in output) || output.transaction.side !== 'client') return false
    const sent = this.#sent.get(output.transaction.id)
    if (sent === undefined) return false
    const { answered } = this.#options
    const { id = 0 } = sent.output
    if (output.kind === 'terminated') this.#sent.delete(output.transaction.id)
    else if (output.kind === 'failed') this.#goesElsewhere(sent) || this.act(now => answered(now, id, undefined))
    else if (output.kind === 'response' && output.response.status >= 200) {
      const { response } = output
      if (response.status !== 503 || !this.#goesElsewhere(sent)) this.act(now => answered(now, id, response))
    }
    return true
  }

  /** It is not woken any more. */
  close(): void {
    this.#timer.stop()
  }

  #perform(output: Told | Sending): void {
    if (!isSending(output)) return this.#options.tell(output)
    this.#send(output, this.#ground.hop(output.hop, output.request), [])
  }

  /** The same request by another way, as a new transaction. RFC 3263 §4.3. */
  #goesElsewhere({ output, tried }: Sent): boolean {
    const hop = this.#ground.elsewhere(output.hop, tried)
    if (hop === undefined) return false
    this.#send(output, hop, tried)
    this.#ground.endpoint.drain()
    return true
  }

  #send(output: Sending, hop: Hop, tried: readonly Hop[]): void {
    const { endpoint } = this.#ground
    const { id } = endpoint.layer.send(endpoint.now(), output.request, hop)
    this.#sent.set(id, { output, tried: [...tried, hop] })
  }
}

function isSending(output: { readonly kind: string }): output is Sending {
  return output.kind === 'send'
}
