import { describe, expect, it } from 'vitest'
import { ALL_DIGEST_ALGORITHMS, algorithmNamed, digestResponse, ha1, userhash } from '../src/digest/hash.ts'
import { nodeHash as hash } from '../src/node.ts'

const of7616 = {
  hash,
  method: 'GET',
  uri: '/dir/index.html',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  nc: 1,
  qop: 'auth',
} as const
const of2617 = { hash, algorithm: 'MD5', method: 'GET', uri: '/dir/index.html', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093' } as const

describe('the digest response', () => {
  it('with MD5 is that of the example (RFC 7616 §3.9.1)', () => {
    const a1 = ha1(hash, 'MD5', 'Mufasa', 'http-auth@example.org', 'Circle of Life')
    expect(digestResponse({ ...of7616, algorithm: 'MD5', ha1: a1 })).toBe('8ca523f5e9506fed4657c9700eebdbec')
  })

  it('with SHA-256 is that of the example (RFC 7616 §3.9.1)', () => {
    const a1 = ha1(hash, 'SHA-256', 'Mufasa', 'http-auth@example.org', 'Circle of Life')
    const expected = '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'
    expect(digestResponse({ ...of7616, algorithm: 'SHA-256', ha1: a1 })).toBe(expected)
  })

  it('with qop is that of the example (RFC 2617 §3.5)', () => {
    const a1 = ha1(hash, 'MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life')
    expect(a1).toBe('939e7578ed9e3c518a452acee763bce9')
    expect(digestResponse({ ...of2617, ha1: a1, qop: 'auth', nc: '00000001', cnonce: '0a4f113b' })).toBe('6629fae49393a05397450978507c4ef1')
  })

  it('without qop leaves count and cnonce out (RFC 2617 §3.2.2.1)', () => {
    const a1 = ha1(hash, 'MD5', 'Mufasa', 'testrealm@host.com', 'CircleOfLife')
    expect(digestResponse({ ...of2617, ha1: a1 })).toBe('1949323746fe6a43ef61f9606e7febea')
  })

  it('with auth-int covers the body (RFC 7616 §3.4.3)', () => {
    const body = (text: string) =>
      digestResponse({ ...of2617, ha1: 'a', qop: 'auth-int', nc: 1, cnonce: 'c', body: new TextEncoder().encode(text) })
    const a2 = hash('MD5', `GET:/dir/index.html:${hash('MD5', 'v=0')}`)
    expect(body('v=0')).toBe(hash('MD5', `a:${of2617.nonce}:00000001:c:auth-int:${a2}`))
    expect(body('v=1')).not.toBe(body('v=0'))
  })

  it('with SHA-512-256, a hashed name and UTF-8 is that of the example as corrected (RFC 7616 §3.9.2)', () => {
    const [name, realm] = ['J\u00e4s\u00f8n Doe', 'api@example.org']
    expect(userhash(hash, 'SHA-512-256', name, realm)).toBe('793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b')
    const example = {
      hash,
      algorithm: 'SHA-512-256',
      ha1: ha1(hash, 'SHA-512-256', name, realm, 'Secret, or not?'),
      method: 'GET',
      uri: '/doe.json',
      nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
      cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
      nc: 1,
      qop: 'auth',
    } as const
    expect(digestResponse(example)).toBe('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5')
  })

  it('of a session form hashes the first nonce and cnonce into its key (RFC 7616 §3.4.2)', () => {
    for (const plain of ['MD5', 'SHA-256', 'SHA-512-256'] as const) {
      const key = hash(plain, `stored:${of7616.nonce}:${of7616.cnonce}`)
      const session = digestResponse({ ...of7616, algorithm: `${plain}-sess`, ha1: 'stored' })
      expect(session).toBe(digestResponse({ ...of7616, algorithm: plain, ha1: key }))
    }
  })

  it('knows six algorithms by name, in any case, and no other (RFC 8760 §2.1)', () => {
    expect(ALL_DIGEST_ALGORITHMS.map(name => algorithmNamed(name.toUpperCase()))).toEqual([...ALL_DIGEST_ALGORITHMS])
    expect([algorithmNamed(undefined), algorithmNamed('SHA-512'), algorithmNamed('')]).toEqual(['MD5', undefined, undefined])
  })

  it('hashes names as UTF-8 (RFC 7616 §4)', () => {
    expect(ha1(hash, 'MD5', 'Jäsøn', 'x', 'y')).toBe(hash('MD5', new TextEncoder().encode('Jäsøn:x:y')))
  })
})
