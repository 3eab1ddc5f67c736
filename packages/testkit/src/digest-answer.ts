/** Answers the digest challenges of a script with one user's password. RFC 7616 §3.4, RFC 3261 §22.2, §22.3. */
import { Authorization, ProxyAuthenticate, WwwAuthenticate } from '@strowger/sip-parser'
import { authorize, type DigestHash } from '@strowger/sip-ua/digest'
import type { Challenged } from './phone-options.ts'

/** Who answers, and with what. */
export interface DigestUser {
  /** Sent as it is, in quotes. */
  readonly username: string
  /** In clear text: for tests only. */
  readonly password: string
  /** `nodeHash` of `@strowger/sip-ua/node`, or another. */
  readonly hash: DigestHash
  /** Default `c0ffee`: tests are the same each time. */
  readonly cnonce?: string
}

/** For `answerChallenge` of a phone: the strongest algorithm that was offered; nothing where none is known. */
export function digestAnswer({ cnonce = 'c0ffee', ...user }: DigestUser): (challenge: Challenged) => readonly [string, string] | undefined {
  return ({ response, method, uri }) => {
    const asksItself = response.status === 401
    const challenges = response.headers.all(asksItself ? WwwAuthenticate : ProxyAuthenticate)
    const value = authorize({ ...user, challenges, method, uri, cnonce })
    return value && [asksItself ? 'Authorization' : 'Proxy-Authorization', Authorization.encode(value)]
  }
}
