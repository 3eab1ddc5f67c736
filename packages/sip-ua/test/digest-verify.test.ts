import type { AuthParams } from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import { authorize, isStale } from '../src/digest/authorize.ts'
import { challenge, challenges } from '../src/digest/challenge.ts'
import { credentialsOf } from '../src/digest/credentials.ts'
import { type DigestAlgorithm, type DigestHash, digestResponse, ha1 } from '../src/digest/hash.ts'
import { dummyHa1, type VerifyOptions, verify } from '../src/digest/verify.ts'
import { nodeHash as hash } from '../src/node.ts'

const realm = 'example.com'
const stored = (algorithm: DigestAlgorithm) => ha1(hash, algorithm, 'alice', realm, 'secret')
const asked = challenges({ realm, nonce: 'n1' })
const answer = {
  challenges: asked,
  username: 'alice',
  password: 'secret',
  method: 'INVITE',
  uri: 'sip:bob@example.com',
  hash,
  cnonce: 'c1',
}
const good = authorize(answer)!
const check = (options: Partial<VerifyOptions>) =>
  verify({ authorization: good, method: 'INVITE', realm, ha1Of: stored, nonceOk: () => 'ok', hash, ...options })
const but = (changes: Record<string, string | undefined>): AuthParams => {
  const params = new Map([...good.params])
  for (const [name, value] of Object.entries(changes)) value === undefined ? params.delete(name) : params.set(name, value)
  return { scheme: 'Digest', params }
}

describe('challenges', () => {
  it('come one per algorithm, SHA-256 first, each with qop (RFC 8760 §2.4)', () => {
    expect(asked.map(({ params }) => [params.get('algorithm'), params.get('qop')])).toEqual([
      ['SHA-256', 'auth'],
      ['MD5', 'auth'],
    ])
  })

  it('say stale only when asked to (RFC 7616 §3.3)', () => {
    expect(asked.some(isStale)).toBe(false)
    expect(isStale(challenge({ realm, nonce: 'n', algorithm: 'MD5', stale: true, qop: true }))).toBe(true)
  })
})

describe('authorize', () => {
  const algorithmOf = (list: readonly AuthParams[], more = {}) =>
    authorize({ ...answer, challenges: list, ...more })?.params.get('algorithm')

  it('takes the strongest algorithm in whatever order (RFC 8760 §2.4)', () => {
    expect(algorithmOf(asked)).toBe('SHA-256')
    expect(algorithmOf([...asked].reverse())).toBe('SHA-256')
  })

  it('skips schemes, algorithms and qops it does not know (RFC 7616 §3.3)', () => {
    const odd = (changes: Record<string, string>, scheme = 'Digest') => ({
      scheme,
      params: new Map([...asked[0]!.params, ...Object.entries(changes)]),
    })
    expect(algorithmOf([odd({}, 'Bearer'), odd({ algorithm: 'AKAv1-MD5' }), odd({ qop: 'auth-conf' })])).toBeUndefined()
    expect(algorithmOf([odd({ algorithm: 'SHA-1024' }), odd({ algorithm: 'md5' })])).toBe('MD5')
  })

  it('answers only the realm it was told (RFC 3261 §22.3)', () => {
    expect(algorithmOf(asked, { realm: 'evil.example' })).toBeUndefined()
    expect(algorithmOf(asked, { realm })).toBe('SHA-256')
  })

  it('does not answer what it could not write back (RFC 3261 §25.1)', () => {
    for (const name of ['realm', 'nonce', 'opaque']) {
      const odd = { scheme: 'Digest', params: new Map([...asked[0]!.params, [name, 'a\u0000b'] as const]) }
      expect(algorithmOf([odd])).toBeUndefined()
    }
  })

  it('with stored hashes answers what it has one for (RFC 7616 §3.4.2)', () => {
    const { password: _, ...bare } = answer
    expect(authorize({ ...bare, ha1: { MD5: stored('MD5') } })?.params.get('algorithm')).toBe('MD5')
    expect(authorize(bare)).toBeUndefined()
  })

  it('echoes opaque and counts in 8 digits (RFC 7616 §3.4)', () => {
    const value = authorize({ ...answer, challenges: challenges({ realm, nonce: 'n', opaque: 'o' }), nc: 26 })
    expect([value?.params.get('opaque'), value?.params.get('nc'), value?.params.get('qop')]).toEqual(['o', '0000001a', 'auth'])
  })

  it('answers an old server without qop or algorithm in kind (RFC 2617 §3.2.2)', () => {
    const old = {
      scheme: 'digest',
      params: new Map([
        ['realm', realm],
        ['nonce', 'n1'],
      ]),
    }
    const value = authorize({ ...answer, challenges: [old] })
    expect([...value!.params.keys()]).toEqual(['username', 'realm', 'nonce', 'uri', 'response'])
    expect(check({ authorization: value! })).toBe('malformed')
    expect(check({ authorization: value!, allowWithoutQop: true })).toBe('ok')
  })

  it('prefers auth to auth-int, and can do the latter (RFC 7616 §3.4)', () => {
    const offer = (qop: string) => ({ scheme: 'Digest', params: new Map([...asked[0]!.params, ['qop', qop] as const]) })
    expect(authorize({ ...answer, challenges: [offer('auth-int, auth')] })?.params.get('qop')).toBe('auth')
    expect(authorize({ ...answer, challenges: [offer('auth-int')] })?.params.get('qop')).toBe('auth-int')
  })
})

describe('verify', () => {
  it('accepts what authorize writes, with either algorithm (RFC 7616 §3.4)', () => {
    expect(check({})).toBe('ok')
    expect(check({ authorization: authorize({ ...answer, challenges: [asked[1]!] })! })).toBe('ok')
  })

  it('refuses a wrong password, method, uri, nonce, count or realm (RFC 7616 §3.4.1)', () => {
    const changes = [
      { uri: 'sip:x' },
      { nonce: 'n2' },
      { nc: '00000002' },
      { cnonce: 'c2' },
      { response: 'ab' },
      { response: '' },
      { realm: 'other' },
    ]
    expect(changes.map(change => check({ authorization: but(change) }))).toEqual(changes.map(() => 'wrong'))
    expect(check({ method: 'REGISTER' })).toBe('wrong')
    expect(check({ ha1Of: algorithm => ha1(hash, algorithm, 'alice', realm, 'guess') })).toBe('wrong')
  })

  it('hashes as much for an unknown user as for a known one (RFC 7616 §5.13)', () => {
    const count = (ha1Of: VerifyOptions['ha1Of'], authorization: AuthParams) => {
      const seen: number[] = []
      const counting: DigestHash = (algorithm, text) => {
        seen.push(text.length)
        return hash(algorithm, text)
      }
      const verdict = check({ authorization, ha1Of, hash: counting })
      return { verdict, seen }
    }
    const unknown = count(() => undefined, good)
    expect(unknown).toEqual(count(stored, but({ response: '0'.repeat(64) })))
    expect(unknown.verdict).toBe('wrong')
  })

  it('refuses an unknown user even with the right answer to the dummy (RFC 7616 §5.13)', () => {
    const guess = { hash, algorithm: 'SHA-256', method: 'INVITE', uri: answer.uri, nonce: 'n1', nc: 1, cnonce: 'c1', qop: 'auth' } as const
    const response = digestResponse({ ...guess, ha1: dummyHa1('SHA-256') })
    expect(check({ authorization: but({ response }), ha1Of: () => undefined })).toBe('wrong')
  })

  it('calls a bad nonce stale only when the password is right (RFC 7616 §3.3)', () => {
    for (const state of ['stale', 'foreign', 'replayed'] as const) expect(check({ nonceOk: () => state })).toBe('stale')
    const nonceOk = () => {
      throw new Error('asked for a wrong password')
    }
    expect(check({ authorization: but({ response: 'x' }), nonceOk })).toBe('wrong')
  })

  it('reads what peers write: any case of scheme, algorithm, qop, count and response (RFC 7616 §3.4)', () => {
    const response = good.params.get('response')!.toUpperCase()
    const loud = { scheme: 'DIGEST', params: but({ algorithm: 'sha-256', qop: 'AUTH', response }).params }
    expect(check({ authorization: loud })).toBe('ok')
    const nc = '0000000A'
    const a2 = hash('SHA-256', `INVITE:${answer.uri}`)
    const upper = but({ nc, response: hash('SHA-256', `${stored('SHA-256')}:n1:${nc}:c1:auth:${a2}`) })
    expect(check({ authorization: upper, nonceOk: (_, count) => (count === 10 ? 'ok' : 'foreign') })).toBe('ok')
  })

  it('calls missing or foreign fields malformed (RFC 7616 §3.4)', () => {
    const changes = [
      ...['username', 'realm', 'nonce', 'uri', 'response', 'nc', 'cnonce', 'qop'].map(name => ({ [name]: undefined })),
      { nc: '1' },
      { nc: '0000000g' },
      { algorithm: 'SHA-256-sess' },
      { qop: 'auth-int' },
    ]
    expect(changes.map(change => check({ authorization: but(change) }))).toEqual(changes.map(() => 'malformed'))
    expect(check({ authorization: { scheme: 'Basic', params: good.params } })).toBe('malformed')
  })

  it('can have MD5 switched off (RFC 8760 §2.4)', () => {
    const weak = authorize({ ...answer, challenges: [asked[1]!] })!
    expect(check({ authorization: weak, algorithms: ['SHA-256'] })).toBe('malformed')
  })

  it('takes a digest-uri that differs from the Request-URI unless told not to (RFC 7616 §3.4.6)', () => {
    expect(check({ requestUri: 'sip:192.0.2.1:5060' })).toBe('ok')
    expect(check({ requestUri: 'sip:192.0.2.1:5060', uriMustMatch: true })).toBe('wrong')
    expect(check({ requestUri: answer.uri, uriMustMatch: true })).toBe('ok')
  })

  it('shows the fields, so that the user can be looked up first (RFC 7616 §3.4)', () => {
    expect(credentialsOf(good)).toMatchObject({ username: 'alice', realm, algorithm: 'SHA-256', counted: { nc: 1 } })
  })
})
