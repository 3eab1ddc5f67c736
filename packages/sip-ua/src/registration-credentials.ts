/** Answers a registrar's challenges and answers ahead while its nonce lasts. RFC 3261 §22.2, RFC 7616 §3.6. */
import type { AuthParams, HeaderDef, MessageEdit, SipResponse } from '@strowger/sip-parser'
import { askedBy, authorize, isStale } from './digest/authorize.ts'
import type { RegistrationOptions } from './registration.ts'

export class RegistrationCredentials {
  readonly #options: RegistrationOptions
  /** The last challenges, and how often their nonce was answered. */
  #asked: { readonly answerIn: HeaderDef<AuthParams>; readonly challenges: readonly AuthParams[]; nc: number } | undefined
  /** Challenges taken up since the last {@link restart}. */
  #rounds = 0

  constructor(options: RegistrationOptions) {
    this.#options = options
  }

  /** A new exchange begins: the next challenge is answered whatever it says. */
  restart(): void {
    this.#rounds = 0
  }

  /**
   * Whether `response` is a challenge worth another REGISTER: the first of an exchange, or one that calls the nonce stale.
   * The same password is not tried twice (RFC 3261 §22.1).
   */
  answer(response: SipResponse): boolean {
    const asked = askedBy(response)
    if (!asked || this.#rounds >= MAX_ROUNDS) return false
    if (this.#rounds > 0 && !asked.challenges.some(isStale)) return false
    this.#rounds += 1
    this.#asked = { ...asked, nc: 0 }
    return this.#value('0', 1) !== undefined
  }

  /** Puts credentials into a REGISTER when a challenge is known. */
  addTo(request: MessageEdit): void {
    if (!this.#asked) return
    this.#asked.nc += 1
    const value = this.#value(this.#options.token(), this.#asked.nc)
    if (value) request.append(this.#asked.answerIn, value)
  }

  #value(cnonce: string, nc: number): AuthParams | undefined {
    const { username, password, realm, registrar, hash } = this.#options
    const challenges = this.#asked?.challenges ?? []
    return authorize({
      challenges,
      username,
      password,
      ...(realm !== undefined && { realm }),
      method: 'REGISTER',
      uri: registrar,
      hash,
      cnonce,
      nc,
    })
  }
}

const MAX_ROUNDS = 3
