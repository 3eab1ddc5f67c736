/** A presence server in a few lines: takes PUBLISH, tells whoever subscribed. RFC 6665 §4.2, RFC 3903 §6. */
import { Contact, Expires, responseTo, type SipRequest } from '@strowger/sip-parser'
import { type CoreOutput, SipEndpoint, targetsWithoutLookup } from '@strowger/sip-transport'
import { answerTo, type EventPackage, Notifier, PublicationStore, type StateBody } from '@strowger/sip-ua/events'
import { nodeToken } from '@strowger/sip-ua/node'

export class StateServer {
  readonly endpoint: SipEndpoint
  readonly notifier: Notifier
  readonly store: PublicationStore
  /** `127.0.0.1:PORT`. */
  readonly address: string
  readonly #known = new Map<string, StateBody>()
  /** Subscriptions by resource and event. */
  readonly #resources = new Map<string, string>()
  readonly #sent = new Map<number, string>()
  #timer: NodeJS.Timeout | undefined

  static async open(packages: readonly EventPackage[]): Promise<StateServer> {
    let server: StateServer | undefined
    const endpoint = await SipEndpoint.open({
      listen: [{ transport: 'UDP', address: '127.0.0.1', port: 0 }],
      core: { onOutput: output => server?.take(output) },
    })
    server = new StateServer(endpoint, packages)
    return server
  }

  private constructor(endpoint: SipEndpoint, packages: readonly EventPackage[]) {
    this.endpoint = endpoint
    const { address, port } = endpoint.localFor('UDP')
    this.address = `${address}:${port}`
    this.notifier = new Notifier({ packages, contact: `sip:${this.address}`, token: nodeToken })
    this.store = new PublicationStore({ packages, token: nodeToken })
  }

  /** There is newer state of `resource`, the user of a URI. */
  set(resource: string, event: string, body: StateBody): void {
    this.#known.set(`${event} of ${resource}`, body)
    for (const [id, what] of this.#resources) if (what === `${event} of ${resource}`) this.notifier.notify(this.endpoint.now(), id, body)
    this.#settle()
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.endpoint.close()
  }

  take(output: CoreOutput): void {
    const now = this.endpoint.now()
    if (output.kind === 'request') this.#serve(output)
    else if (output.kind === 'response') this.notifier.receive(now, this.#sent.get(output.transaction.id) ?? '', output.response)
    else if (output.kind === 'failed') this.notifier.failed(now, this.#sent.get(output.transaction.id) ?? '')
    this.#settle()
  }

  #serve({ incoming }: Extract<CoreOutput, { kind: 'request' }>): void {
    const { layer } = this.endpoint
    const now = this.endpoint.now()
    const { request } = incoming
    const transaction = layer.accept(now, incoming)
    if (request.method === 'SUBSCRIBE') layer.respond(now, transaction, this.#subscribe(request))
    else if (request.method === 'PUBLISH')
      layer.respond(now, transaction, answerTo(request, this.store.publish(now, request.uri.user ?? '', request), { toTag: nodeToken() }))
    else if (request.method === 'REGISTER') {
      const response = responseTo(request, 200, { toTag: nodeToken() }).append(Expires, 60)
      for (const contact of request.headers.all(Contact)) response.append(Contact, contact)
      layer.respond(now, transaction, response)
    } else layer.respond(now, transaction, responseTo(request, 405, { toTag: nodeToken() }))
  }

  #subscribe(request: SipRequest): ReturnType<typeof responseTo> {
    const now = this.endpoint.now()
    const taken = this.notifier.subscribe(now, request)
    if (taken.kind === 'answered') return taken.response
    const what = `${taken.offer.event.type} of ${request.uri.user ?? ''}`
    const body = this.#known.get(what)
    const { response, id } = this.notifier.accept(now, taken.offer, { ...(body && { body }) })
    if (id !== undefined) this.#resources.set(id, what)
    return response
  }

  #settle(): void {
    const now = this.endpoint.now()
    for (let changed = this.store.poll(); changed !== undefined; changed = this.store.poll()) {
      const body = this.store.stateOf(changed.resource, changed.event).at(-1)?.body
      if (body !== undefined) this.set(changed.resource, changed.event, body)
    }
    for (let output = this.notifier.poll(); output !== undefined; output = this.notifier.poll()) {
      if (output.kind === 'ended') {
        this.#resources.delete(output.id)
        continue
      }
      const [target] = targetsWithoutLookup({ uri: output.hop, random: Math.random }) ?? []
      if (target === undefined) throw new Error('a subscriber that is no number')
      const { transport, address, port } = target
      const hop = { transport, remote: { address, port }, local: this.endpoint.localFor(transport) }
      this.#sent.set(this.endpoint.layer.send(now, output.request, hop).id, output.id)
    }
    this.endpoint.drain()
    clearTimeout(this.#timer)
    const wake = Math.min(this.notifier.nextWake, this.store.nextWake)
    if (wake < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#wake(), Math.max(1, wake - now))
  }

  #wake(): void {
    this.notifier.wake(this.endpoint.now())
    this.store.wake(this.endpoint.now())
    this.#settle()
  }
}
