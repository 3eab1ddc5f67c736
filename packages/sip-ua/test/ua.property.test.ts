import { Authorization, CallId, CSeq, From, newRequest, parseUri, To, Via } from '@strowger/sip-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dialogAsClient, dialogAsServer } from '../src/dialog.ts'
import { authorize } from '../src/digest/authorize.ts'
import { challenges } from '../src/digest/challenge.ts'
import { type DigestAlgorithm, ha1 } from '../src/digest/hash.ts'
import { Nonces } from '../src/digest/nonces.ts'
import { verify } from '../src/digest/verify.ts'
import { nodeHash as hash } from '../src/node.ts'
import { request, response } from './messages.ts'

const bob = { uri: parseUri('sip:bob@example.com')!, params: new Map() }

/** What the far end reads of a header we wrote. */
function overTheWire(value: Parameters<typeof Authorization.encode>[0]) {
  const via = { transport: 'UDP', host: '192.0.2.7', branch: 'z9hG4bK1' }
  const edit = newRequest('REGISTER', 'sip:example.com').append(Via, via).append(From, bob).append(To, bob).append(CallId, 'c')
  const read = edit.append(CSeq, { sequence: 1, method: 'REGISTER' }).append(Authorization, value).toMessage()
  return read.headers.get(Authorization)!
}

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter(text => !/[\p{Cc}\p{Cs}]/u.test(text))

describe('digest', () => {
  it('holds for any name, realm and password, quotes and backslashes too, once it has crossed the wire (RFC 7616 §3.4)', () => {
    fc.assert(
      fc.property(name, name, fc.string(), fc.constantFrom<DigestAlgorithm>('MD5', 'SHA-256'), (username, realm, password, algorithm) => {
        const asked = challenges({ realm, nonce: 'n', opaque: '' }, [algorithm])
        const value = authorize({ challenges: asked, username, password, method: 'REGISTER', uri: 'sip:example.com', hash, cnonce: 'c' })!
        const ha1Of = (of: DigestAlgorithm) => ha1(hash, of, username, realm, password)
        expect(verify({ authorization: overTheWire(value), method: 'REGISTER', realm, ha1Of, hash, nonceOk: () => 'ok' })).toBe('ok')
      }),
      { numRuns: 300 },
    )
  })
})

describe('nonces', () => {
  it('accept no count twice, whatever the order, the memory and the time (RFC 7616 §5.4)', () => {
    const step = fc.record({ nonce: fc.nat(4), nc: fc.integer({ min: 0, max: 70 }), later: fc.nat(50) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 4 }), (steps, capacity) => {
        const nonces = new Nonces({ issuer: 'i', sign: text => hash('MD5', text), lifetimeMs: 1000, capacity })
        const issued = [0, 1, 2, 3, 4].map(now => nonces.issue(now))
        const accepted = new Set<string>()
        let now = 5
        for (const { nonce, nc, later } of steps) {
          now += later
          if (nonces.check(issued[nonce]!, nc, now) !== 'ok') continue
          expect(accepted.has(`${nonce} ${nc}`)).toBe(false)
          accepted.add(`${nonce} ${nc}`)
          expect(nonces.remembered).toBeLessThanOrEqual(capacity)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('dialogs', () => {
  it('mirror each other: same tags crosswise, routes reversed (RFC 3261 §12.1)', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 6 }), fc.constantFrom(';lr', ''), (proxies, lr) => {
        const routes = proxies.map(proxy => `Record-Route: <sip:p${proxy}.example.com${lr}>`)
        const invite = request(['Contact: <sip:alice@192.0.2.1>', ...routes])
        const server = dialogAsServer(invite, 'b1')!
        const client = dialogAsClient(invite, response(200, 'b1', ['Contact: <sip:bob@192.0.2.4>', ...routes]))!
        expect([client.localTag, client.remoteTag]).toEqual([server.remoteTag, server.localTag])
        expect([...client.routeSet].reverse()).toEqual(server.routeSet)
      }),
      { numRuns: 100 },
    )
  })
})
