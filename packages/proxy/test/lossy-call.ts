/** One call from an application server to the phones of a user, over a network and with a relay that are as bad as a seed wants. */

import { edit, parse, responseTo, type SipRequest, type SipResponse, To, tagOf, Via } from '@strowger/sip-parser'
import { type ClientTransaction, type Hop, type Output, type ServerTransaction, TransactionLayer } from '@strowger/sip-transaction'
import { ackTo, seededRandom } from '@strowger/testkit'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, inCall, SDP } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { APPSERVER, ProxyBench, phoneAt, wire } from './proxy-bench.ts'

interface Neighbour {
  readonly hop: Hop
  readonly layer: TransactionLayer
  readonly take: (output: Output) => void
}

export class LossyCall {
  readonly bench: ProxyBench = new ProxyBench(usersProxy)
  /** Final responses to the INVITE as the caller's wire saw them. */
  readonly finals: SipResponse[] = []
  readonly random: () => number
  /** The caller's transaction was told something final. */
  ended = false
  readonly #neighbours: Neighbour[] = []
  readonly #agenda: { readonly at: number; readonly act: () => void }[] = []
  readonly #loss: number
  readonly #acknowledged = new Set<string>()
  readonly #hungUp = new Set<string>()
  #invite: ClientTransaction | undefined
  #tokens = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.#loss = this.#pick([0, 0.1, 0.3])
    const phones = 1 + Math.floor(this.random() * 3)
    for (let i = 0; i < phones; i++) this.#addPhone(phoneAt(5090 + i, this.#pick(['UDP', 'UDP', 'TCP'])))
    this.#addCaller()
    this.bench.relay = () => (this.random() < 0.5 ? this.#relayAnswer() : undefined)
    this.bench.later = answer => this.#after(this.random() * 3000, () => answer(this.#relayAnswer()))
  }

  /** Calls, perhaps cancels, and lets everything come to its end. */
  run(): void {
    const caller = this.#neighbours.at(-1)!
    const message = parse(wire(callBob(this.bench))) as SipRequest
    this.#invite = caller.layer.send(this.bench.now, edit(message).removeFirst(Via), { ...caller.hop, remote: APPSERVER.local })
    if (this.random() < 0.5) {
      this.#after(this.random() * this.#pick([10, 3000, 40_000]), () =>
        caller.layer.cancel(this.bench.now, this.#invite as ClientTransaction),
      )
    }
    this.#pass(600_000)
  }

  #addPhone(hop: Hop): void {
    new ScriptedPhone(this.bench, 'bob', { hop }).register()
    this.bench.take()
    const layer = this.#layer()
    let ringing: ServerTransaction | undefined
    this.#neighbours.push({
      hop,
      layer,
      take: output => {
        if (output.kind === 'cancelled') this.#respond(layer, output.transaction, 487)
        if (output.kind === 'unmatched' && output.message.kind === 'request') this.#acknowledged.add(toTagOf(output.message))
        if (output.kind !== 'request') return
        const { incoming } = output
        const transaction = layer.accept(this.bench.now, incoming)
        if (incoming.request.method !== 'INVITE') this.#respond(layer, transaction, 200)
        else if (ringing === undefined) {
          ringing = transaction
          this.#behave(layer, transaction, incoming.request)
        }
      },
    })
  }

  /** Rings, maybe; answers, refuses, or forgets to. */
  #behave(layer: TransactionLayer, transaction: ServerTransaction, request: SipRequest): void {
    const tag = `phone${++this.#tokens}`
    let at = 0
    for (const status of this.#pick<readonly number[]>([[], [180], [183], [180, 183, 180]])) {
      at += this.random() * 1000
      this.#after(at, () => this.#respond(layer, transaction, status, tag, request))
    }
    const final = this.#pick([200, 200, 200, 486, 603, 302, 401, 503, 0])
    if (final === 0) return
    this.#after(at + this.random() * 5000, () => this.#finish(layer, transaction, final, tag, request, 500))
  }

  /** A 2xx is repeated until its ACK. RFC 3261 §13.3.1.4. */
  #finish(layer: TransactionLayer, transaction: ServerTransaction, status: number, tag: string, request: SipRequest, ms: number): void {
    this.#respond(layer, transaction, status, tag, request)
    if (status !== 200 || this.#acknowledged.has(tag) || ms > 32_000) return
    this.#after(Math.min(ms, 4000), () => this.#finish(layer, transaction, status, tag, request, ms * 2))
  }

  #respond(layer: TransactionLayer, transaction: ServerTransaction, status: number, tag?: string, kept?: SipRequest): void {
    if (transaction.state === 'terminated' || transaction.state === 'completed' || transaction.state === 'confirmed') return
    const request = kept ?? transaction.request
    const response = responseTo(request, status, { recordRoute: true, ...(tag ? { toTag: tag } : {}) })
    response.raw('Contact', '<sip:bob@127.0.0.9:5090>')
    if (status === 183 || (status === 200 && request.method === 'INVITE')) response.body('application/sdp', new TextEncoder().encode(SDP))
    layer.respond(this.bench.now, transaction, response)
  }

  #addCaller(): void {
    const layer = this.#layer()
    const hop = { ...APPSERVER }
    const take = (output: Output): void => {
      if (output.kind === 'failed' && output.transaction === this.#invite) this.ended = true
      if (output.kind !== 'response' || output.transaction !== this.#invite || output.response.status < 200) return
      this.ended = true
      if (output.response.status >= 300) return
      const ack = ackTo(output.response)
      if (ack) layer.sendStateless(routed(inCall('ACK', output.response, { cseq: 1 })), { ...hop, remote: APPSERVER.local })
      const tag = toTagOf(output.response)
      if (this.#hungUp.has(tag)) return
      this.#hungUp.add(tag)
      this.#after(this.random() * 2000, () =>
        layer.send(this.bench.now, routed(inCall('BYE', output.response)), { ...hop, remote: APPSERVER.local }),
      )
    }
    this.#neighbours.push({ hop, layer, take })
  }

  #layer(): TransactionLayer {
    return new TransactionLayer({ token: () => `n${++this.#tokens}`, tagOf: () => `n${++this.#tokens}` })
  }

  #relayAnswer(): Exclude<ReturnType<NonNullable<ProxyBench['relay']>>, undefined> {
    if (this.random() < 0.8) return new Uint8Array([118])
    return { unavailable: this.#pick(['timeout', 'refused', 'exhausted']) }
  }

  #after(ms: number, act: () => void): void {
    this.#agenda.push({ at: this.bench.now + ms, act })
  }

  #pass(ms: number): void {
    const until = this.bench.now + ms
    this.#flush()
    while (this.bench.now < until) {
      const due = Math.min(...this.#agenda.map(a => a.at), ...this.#neighbours.map(n => n.layer.nextWake), this.bench.layer.nextWake)
      const next = Math.min(due, this.bench.now + 1000, until)
      this.bench.advance(next - this.bench.now)
      for (const { layer } of this.#neighbours) if (layer.nextWake <= next) layer.wake(next)
      for (const entry of this.#agenda.filter(a => a.at <= next)) {
        this.#agenda.splice(this.#agenda.indexOf(entry), 1)
        entry.act()
      }
      this.#flush()
    }
  }

  /** Everything that was sent goes onto the network. */
  #flush(): void {
    for (let busy = true; busy; ) {
      busy = false
      for (const neighbour of this.#neighbours) {
        for (let output = neighbour.layer.poll(); output !== undefined; output = neighbour.layer.poll()) {
          busy = true
          if (output.kind !== 'transmit') neighbour.take(output)
          else this.#carry(neighbour.hop, output.bytes, bytes => this.bench.deliver(bytes, neighbour.hop))
        }
      }
      for (const { message, hop } of this.bench.take()) {
        busy = true
        const to = this.#neighbours.find(n => n.hop.remote.port === hop.remote.port)
        if (to === this.#neighbours.at(-1) && message.kind === 'response') this.#note(message)
        if (to) this.#carry(to.hop, message.wire, bytes => this.#arrive(to, bytes))
      }
    }
  }

  #arrive({ layer, hop }: Neighbour, bytes: Uint8Array): void {
    layer.receive(this.bench.now, parse(bytes) as SipRequest | SipResponse, hop)
  }

  #note(response: SipResponse): void {
    if (response.status >= 200 && response.headers.raw('CSeq')[0] === '1 INVITE') this.finals.push(response)
  }

  /** Loses, doubles and delays what goes over UDP; TCP keeps everything in order. */
  #carry(hop: Hop, bytes: Uint8Array, arrive: (bytes: Uint8Array) => void): void {
    if (hop.transport !== 'UDP') return this.#after(5, () => arrive(bytes))
    for (let copies = this.random() < this.#loss ? 2 : 1; copies > 0; copies--) {
      if (this.random() < this.#loss) continue
      this.#after(this.random() < 0.2 ? this.random() * 400 : 5, () => arrive(bytes))
    }
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random() * choices.length)] as T
  }
}

function routed(text: string): ReturnType<typeof edit> {
  return edit(parse(wire(text)) as SipRequest).removeFirst(Via)
}

function toTagOf(message: SipRequest | SipResponse): string {
  const to = message.headers.get(To)
  return (to && tagOf(to)) ?? ''
}
