/** The door of a registrar or proxy: who is it, or what to answer. RFC 3261 §22, RFC 7616 §3.4. */
import {
  Authorization,
  type AuthParams,
  ProxyAuthorization,
  parse,
  type SipRequest,
  utf8Bytes,
  WwwAuthenticate,
} from '@strowger/sip-parser'
import { describe, expect, it } from 'vitest'
import { Authenticator, type AuthenticatorOptions, authorize, ha1, Nonces } from '../src/digest/index.ts'
import { nodeHash } from '../src/node.ts'

const realm = 'example.com'
const options = (more: Partial<AuthenticatorOptions> = {}): AuthenticatorOptions => ({
  realm,
  nonces: new Nonces({ issuer: 'a', sign: text => nodeHash('MD5', text) }),
  hash: nodeHash,
  ha1Of: (username, algorithm) => (username === 'alice' ? ha1(nodeHash, algorithm, 'alice', realm, 'walnut') : undefined),
  ...more,
})

function request(method: string, line = ''): SipRequest {
  const head = `${method} sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 ${method}\r\n`
  const message = parse(utf8Bytes(`${head}${line}\r\n`))
  if (message.kind !== 'request') throw new Error(message.kind)
  return message
}

function answered(door: Authenticator, credentials: { readonly username?: string; readonly password?: string } = {}, now = 0): SipRequest {
  const asked = door.check(request('REGISTER'), now)
  if (asked.kind !== 'ask') throw new Error(asked.kind)
  const challenges = asked.values.map(value => challengeIn(value))
  const { username = 'alice', password = 'walnut' } = credentials
  const authorization = authorize({
    challenges,
    username,
    password,
    method: 'REGISTER',
    uri: 'sip:example.com',
    hash: nodeHash,
    cnonce: 'c',
  })
  const header = asked.status === 401 ? 'Authorization' : 'Proxy-Authorization'
  const def = asked.status === 401 ? Authorization : ProxyAuthorization
  return request('REGISTER', `${header}: ${def.encode(authorization!)}\r\n`)
}

function challengeIn(value: string): AuthParams {
  const message = parse(
    utf8Bytes(
      `SIP/2.0 401 x\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: ${value}\r\n\r\n`,
    ),
  )
  if (message.kind !== 'response') throw new Error(message.kind)
  return message.headers.get(WwwAuthenticate)!
}

describe('an authenticator', () => {
  it('asks for credentials, strongest algorithm first, and knows the user then (RFC 8760 §2.4, RFC 3261 §22.1)', () => {
    const door = new Authenticator(options())
    const asked = door.check(request('REGISTER'), 0)
    expect(asked).toMatchObject({ kind: 'ask', status: 401, header: 'WWW-Authenticate', why: 'absent' })
    expect(asked.kind === 'ask' && asked.values.map(value => challengeIn(value).params.get('algorithm'))).toEqual(['SHA-256', 'MD5'])
    expect(door.check(answered(door), 0)).toEqual({ kind: 'user', username: 'alice' })
  })

  it('answers an unknown user and a wrong password alike (RFC 3261 §22.4)', () => {
    const door = new Authenticator(options())
    const shown = (credentials: { username?: string; password?: string }): unknown => {
      const verdict = door.check(answered(door, credentials), 0)
      return verdict.kind === 'ask' && [verdict.status, verdict.values.length, verdict.values.some(value => value.includes('stale'))]
    }
    expect(shown({ username: 'nobody' })).toEqual([401, 2, false])
    expect(shown({ password: 'wrong' })).toEqual([401, 2, false])
  })

  it('takes a count once, and says stale after that and when the nonce is old (RFC 7616 §3.3, §3.4)', () => {
    const door = new Authenticator(options())
    const message = answered(door)
    expect(door.check(message, 0).kind).toBe('user')
    for (const verdict of [door.check(message, 1), door.check(answered(door), 300_001)])
      expect(verdict).toMatchObject({ kind: 'ask', why: 'stale' })
  })

  it('does not take the nonce of another realm that shares its nonces (RFC 7616 §3.3)', () => {
    const nonces = new Nonces({ issuer: 'a', sign: text => nodeHash('MD5', text) })
    const [here, there] = [new Authenticator(options({ nonces })), new Authenticator(options({ nonces, realm: 'example.net' }))]
    expect(there.check(answered(here), 0)).toMatchObject({ kind: 'ask', why: 'absent' })
  })

  it('asks with 407 as a proxy (RFC 3261 §22.3)', () => {
    const door = new Authenticator(options({ proxy: true }))
    expect(door.check(request('REGISTER'), 0)).toMatchObject({ status: 407, header: 'Proxy-Authenticate' })
    expect(door.check(answered(door), 0)).toEqual({ kind: 'user', username: 'alice' })
  })

  it('never asks ACK and CANCEL (RFC 3261 §22.1)', () => {
    const door = new Authenticator(options())
    for (const method of ['ACK', 'CANCEL']) expect(door.check(request(method), 0)).toEqual({ kind: 'exempt' })
  })

  it('does not ask for MD5 where it is switched off, nor take it (RFC 8760 §3)', () => {
    const strict = new Authenticator<'SHA-256'>({ ...options(), algorithms: ['SHA-256'] })
    const asked = strict.check(request('REGISTER'), 0)
    expect(asked.kind === 'ask' && asked.values).toHaveLength(1)
    const md5 = answered(new Authenticator(options({ algorithms: ['MD5'] as never })))
    expect(strict.check(md5, 0)).toMatchObject({ kind: 'ask', why: 'malformed' })
  })
})
