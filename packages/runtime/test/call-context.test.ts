import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CONTEXT_HEADER,
  type Context,
  type ContextBinding,
  callId,
  isCallId,
  type Keys,
  newKey,
  signContext,
  signToken,
  verifyContext,
  verifyToken,
} from '../src/index.ts'

const key = newKey()
const keys: Keys = { signing: key, accepted: [key] }
const now = 1_790_000_000_000
const context: Context = {
  call: callId(now),
  brand: 1,
  client: 7,
  user: 42,
  caller: '+34910000001',
  from: 'phone',
  media: '127.0.0.1:2223',
}
const binding: ContextBinding = { method: 'INVITE', callId: 'a84b4c76e66710@pc33', fromTag: '1928301774', uri: 'sip:102@demo.localhost' }

describe('signed context', () => {
  test('what was signed is what is read', () => {
    expect(verifyContext(signContext(context, binding, keys, now), binding, keys, now)).toEqual(context)
  })

  test('absent values stay absent', () => {
    const least: Context = { call: callId(), brand: 1, client: 1, from: 'carrier' }
    expect(verifyContext(signContext(least, binding, keys, now), binding, keys, now)).toEqual(least)
  })

  test('with the longest values the header line is below 250 bytes', () => {
    const most: Context = {
      ...context,
      brand: 2 ** 53 - 1,
      client: 2 ** 53 - 1,
      user: 2 ** 53 - 1,
      caller: 'é'.repeat(100),
      media: 'm'.repeat(100),
    }
    const line = `${CONTEXT_HEADER}: ${signContext(most, binding, keys, now)}\r\n`
    expect(Buffer.byteLength(line)).toBeLessThan(250)
    expect(verifyContext(line.slice(CONTEXT_HEADER.length + 2), binding, keys, now)?.caller).toBe('é'.repeat(20))
  })

  for (const field of ['method', 'callId', 'fromTag', 'uri'] as const) {
    test(`it does not hold for another ${field}`, () => {
      const header = signContext(context, binding, keys, now)
      expect(verifyContext(header, { ...binding, [field]: `${binding[field]}x` }, keys, now)).toBeUndefined()
    })
  }

  for (const change of [
    { call: callId(now) },
    { brand: 2 },
    { client: 8 },
    { user: 43 },
    { caller: '+34910000002' },
    { from: 'carrier' },
    { media: '127.0.0.1:2224' },
  ] as const) {
    test(`it does not hold with another ${Object.keys(change)[0]}`, () => {
      const [id, time, , mac] = signContext(context, binding, keys, now).split('.')
      const fields = signContext({ ...context, ...change }, binding, keys, now).split('.')[2]
      expect(verifyContext([id, time, fields, mac].join('.'), binding, keys, now)).toBeUndefined()
    })
  }

  test('it does not hold with another time', () => {
    const parts = signContext(context, binding, keys, now).split('.')
    parts[1] = Math.floor((now + 1000) / 1000).toString(36)
    expect(verifyContext(parts.join('.'), binding, keys, now)).toBeUndefined()
  })

  test('it lasts 60 s and may come 5 s early', () => {
    const header = signContext(context, binding, keys, now)
    expect(verifyContext(header, binding, keys, now + 60_000)).toBeDefined()
    expect(verifyContext(header, binding, keys, now + 60_001)).toBeUndefined()
    expect(verifyContext(header, binding, keys, now - 5_000)).toBeDefined()
    expect(verifyContext(header, binding, keys, now - 5_001)).toBeUndefined()
  })

  test('an unknown key id is refused, a rotated one is believed', () => {
    const header = signContext(context, binding, keys, now)
    const next = newKey()
    expect(verifyContext(header, binding, { signing: next, accepted: [next] }, now)).toBeUndefined()
    expect(verifyContext(header, binding, { signing: next, accepted: [next, key] }, now)).toEqual(context)
  })

  test('another key under the same id is refused', () => {
    const forged = { id: key.id, bytes: newKey().bytes }
    expect(verifyContext(signContext(context, binding, { signing: forged, accepted: [forged] }, now), binding, keys, now)).toBeUndefined()
  })

  test('any text is refused without an exception', () => {
    fc.assert(
      fc.property(fc.string(), text => verifyContext(text, binding, keys, now) === undefined && verifyToken(text, keys) === undefined),
    )
  })

  test('any flipped character is refused', () => {
    const header = signContext(context, binding, keys, now)
    for (let at = 0; at < header.length - 1; at++) {
      const flipped = header.slice(0, at) + (header[at] === 'x' ? 'y' : 'x') + header.slice(at + 1)
      expect(verifyContext(flipped, binding, keys, now), `character ${at}`).toBeUndefined()
    }
  })
})

describe('signed token', () => {
  test('it gives its payload back and is safe in a user part (RFC 3261 §25.1)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), payload => {
        const token = signToken(payload, keys)
        return /^[A-Za-z0-9._-]+$/.test(token) && verifyToken(token, keys) === Buffer.from(payload).toString()
      }),
    )
  })

  test('a changed payload, an unknown key and a context are refused', () => {
    const [id, , mac] = signToken('a', keys).split('.')
    expect(verifyToken([id, Buffer.from('b').toString('base64url'), mac].join('.'), keys)).toBeUndefined()
    const other = newKey()
    expect(verifyToken(signToken('a', { signing: other, accepted: [other] }), keys)).toBeUndefined()
    expect(verifyToken(signContext(context, binding, keys, now), keys)).toBeUndefined()
  })
})

test('call ids are 26 characters, sort by time and do not repeat', () => {
  expect(callId(1000) < callId(2000)).toBe(true)
  expect(callId(1_469_918_176_385).slice(0, 10)).toBe('01ARYZ6S41')
  const many = new Set(Array.from({ length: 1000 }, () => callId(5)))
  expect(many.size).toBe(1000)
  for (const id of many) expect(isCallId(id)).toBe(true)
})
