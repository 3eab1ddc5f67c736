/** The keyed hash: distinct, keyed, and sensitive to where one part ends. */
import { expect, test } from 'vitest'
import { KeyHash } from '../src/key-hash.ts'

const of = (secret: string, ...parts: string[]): string => {
  const hash = new KeyHash(secret).start()
  for (const part of parts) hash.text(part)
  hash.end()
  return `${hash.lo}.${hash.hi}`
}

test('another secret, another hash', () => {
  expect(of('one', 'a')).not.toBe(of('two', 'a'))
  expect(of('one', 'a')).toBe(of('one', 'a'))
})

test('parts do not run into each other', () => {
  expect(of('s', 'ab', 'c')).not.toBe(of('s', 'a', 'bc'))
  expect(of('s', 'a', '')).not.toBe(of('s', 'a'))
})

test('wide characters do not pass for two narrow ones', () => {
  expect(of('s', '\u0101')).not.toBe(of('s', '\u0001'))
  expect(of('s', '\u0101a')).not.toBe(of('s', '\u0001b'))
  expect(of('s', 'a\u0100')).not.toBe(of('s', 'a\u0000'))
})

test('a hundred thousand neighbouring keys do not collide, not even in one half', () => {
  const hash = new KeyHash('secret')
  const both = new Set<string>()
  const low = new Set<number>()
  for (let i = 0; i < 100_000; i++) {
    hash.start().text(`z9hG4bK${i}`).end()
    both.add(`${hash.lo}.${hash.hi}`)
    low.add(hash.lo)
  }
  expect(both.size).toBe(100_000)
  expect(low.size).toBeGreaterThan(99_990)
})

test('bytes hash as their text does, whatever their number', () => {
  const text = 'z9hG4bK-0123456789'
  const bytes = new TextEncoder().encode(`..${text}..`)
  for (let length = 0; length <= text.length; length++) {
    const hash = new KeyHash('s').start().bytes(bytes, 2, 2 + length)
    hash.text('b').end()
    expect(`${hash.lo}.${hash.hi}`).toBe(of('s', text.slice(0, length), 'b'))
  }
})
