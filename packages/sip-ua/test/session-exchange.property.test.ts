import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exchangeStep, NO_EXCHANGE, type SessionExchange, type SessionMessage, type SessionVerdict } from '../src/session-exchange.ts'

/** A message with the number of its description, and of the request that it answers. */
interface Sent extends SessionMessage {
  readonly sdp?: number
  readonly request: number
}

let numbers = 0

/** One end of a dialog: keeps what it believes was agreed, `offer/answer` by number. */
class End {
  exchange: SessionExchange = NO_EXCHANGE
  agreed = ''
  readonly inbox: Sent[] = []
  /** Requests of the peer that wait for a final response. */
  readonly served: Sent[] = []
  peer!: End
  /** A re-INVITE failed after its changes were in force: offer what stands (RFC 6141 §3.4). */
  resync = false
  #pending = 0

  /** Sends unless the rules forbid it; says whether it went out. */
  send(message: SessionMessage, request = ++numbers): boolean {
    const { exchange, verdict } = exchangeStep(this.exchange, 'send', message)
    if (verdict === 'not allowed') return false
    const sdp = message.description ? ++numbers : undefined
    this.#take(exchange, verdict, sdp)
    this.peer.inbox.push({ ...message, ...(sdp !== undefined && { sdp }), request })
    return true
  }

  deliver(): void {
    const message = this.inbox.shift()
    if (!message) return
    const { exchange, verdict } = exchangeStep(this.exchange, 'receive', message)
    this.#take(exchange, verdict, message.sdp)
    if (message.status !== undefined) return this.#follow(message, verdict)
    if (message.method === 'ACK') return
    const refusal = /^refuse (\d+)/.exec(verdict)?.[1]
    if (refusal) this.peer.inbox.push({ method: message.method, status: Number(refusal), description: false, request: message.request })
    else if (message.method === 'PRACK') this.send({ method: 'PRACK', status: 200, description: verdict === 'offer' }, message.request)
    else this.served.push(message)
  }

  /** Answers the oldest request: `how` is a status. */
  respond(how: number): void {
    const request = this.served[0]
    if (!request) return
    const { method } = request
    if (how === 183 && method !== 'INVITE') return
    const owed = request.description && this.exchange.offers.state === 'owing'
    const fresh = method === 'INVITE' && !request.description && this.exchange.by === undefined && this.exchange.invite?.settled === false
    const went = this.send({ method, status: how, reliable: how === 183, description: how < 300 && (owed || fresh) }, request.request)
    if (went && how >= 200) this.served.shift()
  }

  #follow({ method, status = 0, request, reliable }: Sent, verdict: SessionVerdict): void {
    // Ours crossed theirs: once more, as after any 491.
    if (method === 'UPDATE' && status === 491) this.resync = true
    if (method !== 'INVITE') return
    if (verdict === 'resync') this.resync = true
    if (reliable === true) this.send({ method: 'PRACK', description: verdict === 'offer' }, request)
    else if (status >= 200 && status < 300) this.send({ method: 'ACK', description: verdict === 'offer' }, request)
  }

  #take(exchange: SessionExchange, verdict: SessionVerdict, sdp = 0): void {
    this.exchange = exchange
    expect(verdict).not.toBe('no answer')
    if (verdict === 'offer') this.#pending = sdp
    if (verdict === 'answer') this.agreed = `${this.#pending}/${sdp}`
  }
}

describe('two ends of a dialog', () => {
  it('agree on one session whenever nothing is under way, whatever crossed on the way (RFC 3264 §4)', () => {
    const act = fc.tuple(
      fc.integer({ min: 0, max: 1 }),
      fc.constantFrom('INVITE +', 'INVITE', 'UPDATE +', 'UPDATE', 'deliver', 'deliver', '183', '200', '488'),
    )
    fc.assert(
      fc.property(fc.array(act, { minLength: 30, maxLength: 80, size: 'max' }), fc.boolean(), (acts, established) => {
        const ends = [new End(), new End()] as const
        ends[0].peer = ends[1]
        ends[1].peer = ends[0]
        ends[0].send({ method: 'INVITE', description: true })
        if (established)
          for (const step of ['deliver', '200', 'deliver']) play(ends[step === '200' || ends[1].inbox.length > 0 ? 1 : 0], step)
        if (established) ends[1].deliver()
        for (const [who, what] of acts) play(ends[who] as End, what)
        for (let round = 0; round < 200; round++) {
          for (const [i, end] of ends.entries()) {
            end.deliver()
            end.respond(200)
            // Each in its own time, as the random delays of RFC 3261 §14.1 have it.
            if (end.resync && round % 16 === i * 8) end.resync = !end.send({ method: 'UPDATE', description: true })
          }
        }
        const [one, two] = ends.map(({ exchange, agreed }) => ({ exchange, agreed }))
        expect(two).toEqual(one)
        expect([one?.exchange.invite, one?.exchange.by, one?.exchange.open]).toEqual([undefined, undefined, {}])
      }),
      { numRuns: 1500 },
    )
  })

  function play(end: End, what: string): void {
    if (what === 'deliver') return end.deliver()
    if (/^\d/.test(what)) return end.respond(Number(what))
    const [method, description] = what.split(' ') as ['INVITE' | 'UPDATE', string?]
    // Only the first INVITE makes the dialog; UPDATE and re-INVITE need it.
    if (end.exchange.invite || end.exchange.offers.agreed) end.send({ method, description: description === '+' })
  }
})
