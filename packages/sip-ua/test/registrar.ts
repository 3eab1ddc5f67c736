/** A registrar small enough to read, for the tests of the phone's side: it challenges, checks, grants. */
import {
  Authorization,
  Contact,
  Expires,
  formatUri,
  type MessageEdit,
  MinExpires,
  parseUri,
  RetryAfter,
  responseTo,
  type SipRequest,
  type SipResponse,
  Via,
  WwwAuthenticate,
} from '@strowger/sip-parser'
import { challenges } from '../src/digest/challenge.ts'
import { type DigestAlgorithm, ha1 } from '../src/digest/hash.ts'
import { Nonces } from '../src/digest/nonces.ts'
import { verify } from '../src/digest/verify.ts'
import { nodeHash as hash } from '../src/node.ts'

export class TestRegistrar {
  readonly nonces: Nonces = new Nonces({ issuer: 'r', sign: text => hash('MD5', text), lifetimeMs: 300_000 })
  /** Contact to the seconds it was granted. */
  readonly bindings: Map<string, number> = new Map()
  readonly seen: string[] = []
  minExpires = 60
  maxExpires = 7200
  /** Answer this status to everything. */
  refuse: { status: number; retryAfter?: number } | undefined

  /** Adds the Via that a transaction layer would. */
  answer(sent: MessageEdit, now: number): SipResponse {
    const request = sent
      .prepend(Via, { transport: 'UDP', host: '192.0.2.7', branch: 'z9hG4bK1', params: new Map() })
      .toMessage() as SipRequest
    const parsed = this.#decide(request, now).toMessage() as SipResponse
    this.seen.push(`${request.headers.get(Expires)} ${request.headers.has(Authorization) ? 'signed' : 'bare'} ${parsed.status}`)
    return parsed
  }

  #decide(request: SipRequest, now: number): MessageEdit {
    if (this.refuse) {
      const refusal = responseTo(request, this.refuse.status, { toTag: 'r' })
      return this.refuse.retryAfter === undefined ? refusal : refusal.append(RetryAfter, { seconds: this.refuse.retryAfter })
    }
    const verdict = this.#verdict(request, now)
    if (verdict !== 'ok') return this.#challenge(request, now, verdict === 'stale')
    const expires = request.headers.get(Expires) ?? 0
    if (expires > 0 && expires < this.minExpires) return responseTo(request, 423, { toTag: 'r' }).append(MinExpires, this.minExpires)
    return this.#grant(request, Math.min(expires, this.maxExpires))
  }

  #verdict(request: SipRequest, now: number): string {
    const authorization = request.headers.get(Authorization)
    if (!authorization) return 'wrong'
    const ha1Of = (algorithm: DigestAlgorithm) => ha1(hash, algorithm, 'alice', 'example.com', 'secret')
    return verify({ authorization, method: 'REGISTER', ha1Of, hash, nonceOk: (nonce, nc) => this.nonces.check(nonce, nc, now) })
  }

  #challenge(request: SipRequest, now: number, stale: boolean): MessageEdit {
    const response = responseTo(request, 401, { toTag: 'r' })
    for (const value of challenges({ realm: 'example.com', nonce: this.nonces.issue(now), stale })) response.append(WwwAuthenticate, value)
    return response
  }

  #grant(request: SipRequest, seconds: number): MessageEdit {
    const contact = request.headers.get(Contact)
    if (!contact || contact === '*') throw new Error('a REGISTER of ours has one Contact')
    const response = responseTo(request, 200, { toTag: 'r' })
    const uri = formatUri(contact.uri)
    if (seconds === 0) this.bindings.delete(uri)
    else this.bindings.set(uri, seconds)
    for (const [text, granted] of this.bindings) {
      const params = new Map([['expires', `${text === uri ? granted : 1}`]])
      response.append(Contact, { uri: parseUri(text) ?? contact.uri, params })
    }
    return response
  }
}
