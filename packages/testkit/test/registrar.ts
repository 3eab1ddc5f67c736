/** A tiny registrar: challenges, checks, keeps one binding per user. RFC 3261 §10.3, §22. */
import { Authorization, CSeq, parse, responseTo, type SipRequest, To, Via, WwwAuthenticate } from '@strowger/sip-parser'
import type { Address, Millis } from '@strowger/sip-transaction'
import { challenge, ha1, Nonces, verify } from '@strowger/sip-ua/digest'
import { nodeHash, nodeSign } from '@strowger/sip-ua/node'
import type { Datagram, Outcome, Party } from '../src/index.ts'

export class Registrar implements Party {
  readonly name = 'registrar'
  readonly outcome: Outcome = { kind: 'serving' }
  readonly nextWake = Number.POSITIVE_INFINITY
  readonly bindings = new Map<string, string>()
  readonly #passwords: Readonly<Record<string, string>>
  readonly #nonces = new Nonces({ issuer: 'test', sign: nodeSign() })
  readonly #replies = new Map<string, Uint8Array>()
  readonly #out: Datagram[] = []

  constructor(passwords: Readonly<Record<string, string>>) {
    this.#passwords = passwords
  }

  start(): void {}
  wake(): void {}

  receive(now: Millis, bytes: Uint8Array, from: Address): void {
    const request = parse(bytes)
    if (request.kind !== 'request') return
    const branch = request.headers.get(Via)?.branch ?? ''
    const reply = this.#replies.get(branch) ?? this.#answer(now, request)
    this.#replies.set(branch, reply)
    this.#out.push({ bytes: reply, to: from })
  }

  #answer(now: Millis, request: SipRequest): Uint8Array {
    const { headers } = request
    const user = headers.get(To)?.uri.user ?? ''
    const authorization = headers.get(Authorization)
    const password = this.#passwords[user]
    const verdict =
      authorization !== undefined &&
      password !== undefined &&
      verify({
        authorization,
        method: 'REGISTER',
        realm: 'example.com',
        hash: nodeHash,
        ha1Of: algorithm => ha1(nodeHash, algorithm, user, 'example.com', password),
        nonceOk: (nonce, nc) => this.#nonces.check(nonce, nc, now),
      })
    const answer = responseTo(request, verdict === 'ok' ? 200 : 401, { toTag: `r${headers.get(CSeq)?.sequence}` })
    const contact = headers.raw('Contact')[0] ?? ''
    if (verdict === 'ok') {
      this.bindings.set(user, contact)
      answer.raw('Contact', `${contact};expires=60`)
    } else
      answer.append(WwwAuthenticate, challenge({ realm: 'example.com', nonce: this.#nonces.issue(now), algorithm: 'SHA-256', qop: true }))
    return answer.toBytes()
  }

  poll(): Datagram | undefined {
    return this.#out.shift()
  }
}
