import { describe, expect, it } from 'vitest'
import { digestResponse, ha1 } from '../src/digest/hash.ts'
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

  it('hashes names as UTF-8 (RFC 7616 §4)', () => {
    expect(ha1(hash, 'MD5', 'Jäsøn', 'x', 'y')).toBe(hash('MD5', new TextEncoder().encode('Jäsøn:x:y')))
  })
})
