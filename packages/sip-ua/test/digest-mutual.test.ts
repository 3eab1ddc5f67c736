import type { AuthParams } from '@strowger/sip-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authenticationInfo, checkAuthenticationInfo } from '../src/digest/authentication-info.ts'
import { authorize, authorizeEach } from '../src/digest/authorize.ts'
import { challenge, challenges, mayChallenge } from '../src/digest/challenge.ts'
import { credentialsOf, forRealm } from '../src/digest/credentials.ts'
import { ALL_DIGEST_ALGORITHMS, type DigestAlgorithm, type DigestName, ha1, hashOf, type Qop, userhash } from '../src/digest/hash.ts'
import { Nonces } from '../src/digest/nonces.ts'
import { type VerifyOptions, verify } from '../src/digest/verify.ts'
import { nodeHash as hash, nodeSign } from '../src/node.ts'

const realm = 'example.com'
const stored = (algorithm: DigestAlgorithm) => ha1(hash, algorithm, 'alice', realm, 'secret')
const body = new TextEncoder().encode('v=0')
const answer = { username: 'alice', password: 'secret', method: 'INVITE', uri: 'sip:bob@example.com', hash, cnonce: 'c1', body }
const ask = (algorithm: DigestName, more: { qop?: readonly Qop[]; userhash?: boolean; opaque?: string } = {}) =>
  challenge({ realm, nonce: 'n1', algorithm, qop: ['auth'], ...more })
const check = (authorization: AuthParams, options: Partial<VerifyOptions<DigestName>> = {}) =>
  verify<DigestName>({
    authorization,
    method: 'INVITE',
    realm,
    ha1Of: stored,
    nonceOk: () => 'ok',
    hash,
    body,
    algorithms: ALL_DIGEST_ALGORITHMS,
    qop: ['auth', 'auth-int'],
    ...options,
  })
const with_ = (value: AuthParams, changes: Record<string, string | undefined>): AuthParams => {
  const params = new Map([...value.params])
  for (const [name, text] of Object.entries(changes)) text === undefined ? params.delete(name) : params.set(name, text)
  return { scheme: value.scheme, params }
}

describe('every algorithm with every protection', () => {
  const all = ALL_DIGEST_ALGORITHMS.flatMap(algorithm => (['auth', 'auth-int'] as const).map(qop => [algorithm, qop] as const))

  it.each(all)('%s with %s is answered, accepted, and proved by the server (RFC 7616 §3.4, §3.5)', (algorithm, qop) => {
    const value = authorize({ ...answer, challenges: [ask(algorithm, { qop: [qop] })] })!
    expect([value.params.get('algorithm'), value.params.get('qop'), check(value)]).toEqual([algorithm, qop, 'ok'])
    const proof = { credentials: credentialsOf(value)!, ha1: stored(hashOf(algorithm)), hash, body }
    expect(checkAuthenticationInfo(authenticationInfo(proof), proof)).toBe('ok')
  })

  it('is refused for another password, method or nonce (RFC 7616 §3.4.1)', () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.constantFrom('password', 'method', 'nonce'), ([algorithm, qop], what) => {
        const value = authorize({
          ...answer,
          challenges: [ask(algorithm, { qop: [qop] })],
          ...(what === 'password' && { password: 'guess' }),
        })!
        const changed = what === 'nonce' ? with_(value, { nonce: 'n2' }) : value
        expect(check(changed, what === 'method' ? { method: 'BYE' } : {})).toBe('wrong')
      }),
    )
  })
})

describe('auth-int', () => {
  const value = authorize({ ...answer, challenges: [ask('SHA-256', { qop: ['auth-int'] })] })!

  it('covers the body as it came (RFC 7616 §3.4.3)', () => {
    expect([check(value), check(value, { body: new TextEncoder().encode('v=1') })]).toEqual(['ok', 'wrong'])
  })

  it('is chosen where asked for, else only where auth is not offered (RFC 7616 §3.4)', () => {
    const both = [ask('SHA-256', { qop: ['auth', 'auth-int'] })]
    const chosen = (more: object) => authorize({ ...answer, challenges: both, ...more })?.params.get('qop')
    expect([chosen({}), chosen({ preferIntegrity: true })]).toEqual(['auth', 'auth-int'])
  })

  it('that was not offered is malformed (RFC 7616 §3.4)', () => {
    expect(check(value, { qop: ['auth'] })).toBe('malformed')
  })
})

describe('the choice of an algorithm', () => {
  it('is the strongest of all, whatever the order (RFC 8760 §2.4)', () => {
    const asked = [...ALL_DIGEST_ALGORITHMS].reverse().map(algorithm => ask(algorithm))
    expect(authorize({ ...answer, challenges: asked })?.params.get('algorithm')).toBe('SHA-512-256')
  })

  it('never falls to MD5 where that is switched off (RFC 8760 §2.4)', () => {
    expect(authorize({ ...answer, challenges: [ask('MD5')], algorithms: ['SHA-256'] })).toBeUndefined()
    expect(challenges({ realm, nonce: 'n' }, ['SHA-512-256', 'SHA-256']).map(({ params }) => params.get('algorithm'))).toEqual([
      'SHA-512-256',
      'SHA-256',
    ])
  })
})

describe('the username', () => {
  it('goes as a hash where the server takes that (RFC 7616 §3.4.4)', () => {
    const value = authorize({ ...answer, challenges: [ask('SHA-256', { userhash: true })] })!
    const read = credentialsOf(value)
    expect([read?.hashed, read?.username, check(value)]).toEqual([true, userhash(hash, 'SHA-256', 'alice', realm), 'ok'])
  })

  it('may come extended, as UTF-8 (RFC 7616 §3.4)', () => {
    const plain = authorize({ ...answer, challenges: [ask('SHA-256')] })!
    const read = (text: string, more = {}) => credentialsOf(with_(plain, { username: undefined, 'username*': text, ...more }))?.username
    expect([read("UTF-8''J%C3%A4s%C3%B8n%20Doe"), read("utf-8'de'alice")]).toEqual(['Jäsøn Doe', 'alice'])
    const wrong = ["UTF-8''%C3", "UTF-8''a b", "ISO-8859-1''alice", 'alice', "UTF-8''%zz"]
    expect(wrong.map(text => read(text))).toEqual(wrong.map(() => undefined))
  })

  it('comes once, and extended never as a hash (RFC 7616 §3.4)', () => {
    const plain = authorize({ ...answer, challenges: [ask('SHA-256')] })!
    expect(credentialsOf(with_(plain, { 'username*': "UTF-8''alice" }))).toBeUndefined()
    expect(credentialsOf(with_(plain, { username: undefined, 'username*': "UTF-8''alice", userhash: 'true' }))).toBeUndefined()
  })
})

describe('opaque and the digest-uri', () => {
  it('come back as they were sent, when the server looks (RFC 7616 §3.4)', () => {
    const value = authorize({ ...answer, challenges: [ask('SHA-256', { opaque: 'o1' })] })!
    expect([check(value, { opaque: 'o1' }), check(value, { opaque: 'o2' })]).toEqual(['ok', 'wrong'])
    expect(check(with_(value, { opaque: undefined }), { opaque: 'o1' })).toBe('wrong')
  })

  it('are compared as URIs, not as text (RFC 7616 §3.4.6, RFC 3261 §19.1.4)', () => {
    const value = authorize({ ...answer, challenges: [ask('SHA-256')] })!
    const match = (requestUri: string) => check(value, { uriMustMatch: true, requestUri })
    expect([match('SIP:bob@EXAMPLE.com'), match('sip:%62ob@example.com'), match('sip:Bob@example.com'), match('not a uri')]).toEqual([
      'ok',
      'ok',
      'wrong',
      'wrong',
    ])
    expect(check(value, { uriMustMatch: true })).toBe('wrong')
  })
})

describe('several realms', () => {
  it('are each answered with their own user (RFC 3261 §22.3)', () => {
    const asked = ['a.example', 'b.example', 'c.example'].flatMap(each => challenges({ realm: each, nonce: `n-${each}` }))
    const values = authorizeEach(asked, each => (each === 'b.example' ? undefined : { ...answer, username: `alice-${each[0]}` }))
    expect(values.map(({ params }) => [params.get('realm'), params.get('username'), params.get('algorithm')])).toEqual([
      ['a.example', 'alice-a', 'SHA-256'],
      ['c.example', 'alice-c', 'SHA-256'],
    ])
    expect(forRealm(values, 'c.example')).toBe(values[1])
    expect(forRealm(values, 'b.example')).toBeUndefined()
  })
})

describe('requests that cannot be sent again', () => {
  it('are never challenged: ACK and CANCEL (RFC 3261 §22.1)', () => {
    expect(['INVITE', 'ACK', 'CANCEL', 'BYE', 'REGISTER', 'PRACK'].map(mayChallenge)).toEqual([true, false, false, true, true, true])
  })
})

describe('the server after good credentials', () => {
  const value = authorize({ ...answer, challenges: [ask('SHA-256')], nc: 3 })!
  const proof = { credentials: credentialsOf(value)!, ha1: stored('SHA-256'), hash }
  const said = authenticationInfo({ ...proof, nextNonce: 'n2' })!

  it('names its next nonce, the count and the cnonce (RFC 7616 §3.5)', () => {
    expect(said).toMatchObject({ nextnonce: 'n2', qop: 'auth', cnonce: 'c1', nc: '00000003' })
  })

  it('is not believed with another password, count or cnonce (RFC 7616 §3.5)', () => {
    expect(checkAuthenticationInfo(said, { ...proof, ha1: ha1(hash, 'SHA-256', 'alice', realm, 'guess') })).toBe('wrong')
    for (const change of [{ nc: '00000004' }, { cnonce: 'c2' }, { rspauth: '' }, { qop: 'auth-conf' }])
      expect(checkAuthenticationInfo({ ...said, ...change }, proof)).toBe('wrong')
  })

  it('that says nothing proves nothing (RFC 7616 §3.5)', () => {
    expect([checkAuthenticationInfo(undefined, proof), checkAuthenticationInfo({ nextnonce: 'n2' }, proof)]).toEqual([
      'unproved',
      'unproved',
    ])
  })

  it('cannot prove itself to a client without qop (RFC 2617 §3.2.3)', () => {
    const { counted: _, ...old } = proof.credentials
    expect(authenticationInfo({ ...proof, credentials: old })).toBeUndefined()
    expect(authenticationInfo({ ...proof, credentials: old, nextNonce: 'n2' })).toEqual({ nextnonce: 'n2' })
  })
})

describe('a whole exchange', () => {
  it('refuses a replay as stale, and takes the answer to the new challenge (RFC 7616 §3.3, §5.4)', () => {
    const nonces = new Nonces({ issuer: 'p1', sign: nodeSign(new Uint8Array(32)) })
    const nonceOk = (nonce: string, nc: number | undefined) => nonces.check(nonce, nc, 10)
    const first = authorize({ ...answer, challenges: challenges({ realm, nonce: nonces.issue(0) }) })!
    expect([check(first, { nonceOk }), check(first, { nonceOk })]).toEqual(['ok', 'stale'])
    const again = authorize({ ...answer, challenges: challenges({ realm, nonce: nonces.issue(0), stale: true }) })!
    expect(check(again, { nonceOk })).toBe('ok')
  })

  it('never throws, whatever the fields say (RFC 7616 §3.4)', () => {
    const fields = ['username', 'username*', 'realm', 'nonce', 'uri', 'response', 'algorithm', 'qop', 'nc', 'cnonce', 'opaque', 'userhash']
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('auth', 'auth-int', 'MD5-sess', '00000001', "UTF-8''%E0%A4%A", 'true'),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...fields), text)), pairs => {
        const authorization = { scheme: 'Digest', params: new Map(pairs) }
        expect(['ok', 'stale', 'wrong', 'malformed']).toContain(check(authorization, { uriMustMatch: true, requestUri: 'sip:a' }))
        authorize({ ...answer, challenges: [authorization] })
      }),
    )
  })
})
