import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Nonces } from '../src/digest/nonces.ts'
import { nodeSign } from '../src/node.ts'

const KEY = new Uint8Array(32).fill(7)
const make = (options: { issuer?: string; capacity?: number; window?: number } = {}) =>
  new Nonces({ issuer: 'users-1', sign: nodeSign(KEY), lifetimeMs: 300_000, ...options })

describe('a nonce', () => {
  it('is good for each count once (RFC 7616 §3.4.5)', () => {
    const nonces = make()
    const nonce = nonces.issue(1000)
    expect([1, 2, 2, 1, 3].map(nc => nonces.check(nonce, nc, 2000))).toEqual(['ok', 'ok', 'replayed', 'replayed', 'ok'])
  })

  it('has counts that only rise, unless told otherwise (RFC 7616 §3.4)', () => {
    const nonces = make()
    const nonce = nonces.issue(0)
    expect([5, 4, 5, 1, 6].map(nc => nonces.check(nonce, nc, 1))).toEqual(['ok', 'replayed', 'replayed', 'replayed', 'ok'])
    expect(() => make({ window: 33 })).toThrow(TypeError)
  })

  it('lets datagrams overtake each other within 32 counts where that is allowed (RFC 7616 §3.4.5)', () => {
    const nonces = make({ window: 32 })
    const nonce = nonces.issue(0)
    expect([33, 2, 1, 2, 34, 3, 32].map(nc => nonces.check(nonce, nc, 1))).toEqual(['ok', 'ok', 'replayed', 'replayed', 'ok', 'ok', 'ok'])
  })

  it('forgets the whole window when a count jumps far ahead, and stays shut below it (RFC 7616 §3.4.5)', () => {
    const nonces = make({ window: 32 })
    const nonce = nonces.issue(0)
    expect([1, 0xffffffff, 1, 0xffffffff, 0xfffffffe].map(nc => nonces.check(nonce, nc, 1))).toEqual([
      'ok',
      'ok',
      'replayed',
      'replayed',
      'ok',
    ])
  })

  it('never starts at count 0 (RFC 7616 §3.4)', () => {
    const nonces = make()
    const nonce = nonces.issue(0)
    expect(nonces.check(nonce, 0, 1)).toBe('replayed')
    expect(nonces.check(nonce, 1, 1)).toBe('ok')
    expect(nonces.check(nonce, 0, 1)).toBe('replayed')
  })

  it('is known by its signature when thousands were made since (RFC 7616 §3.3)', () => {
    const nonces = make()
    const early = nonces.issue(0, 'a')
    for (let i = 0; i < 5000; i++) nonces.issue(1, 'a')
    const late = nonces.issue(1, 'a')
    expect([early, late].map(nonce => nonces.check(nonce, 1, 2, 'b'))).toEqual(['foreign', 'foreign'])
    expect([early, late].map(nonce => nonces.check(`${nonce.slice(0, -1)}_`, 1, 2, 'a'))).toEqual(['foreign', 'foreign'])
    expect([early, late].map(nonce => nonces.check(nonce, 1, 2, 'a'))).toEqual(['ok', 'ok'])
  })

  it('goes stale with age (RFC 7616 §3.3)', () => {
    const nonces = make()
    const nonce = nonces.issue(1000)
    expect(nonces.check(nonce, 1, 301_000)).toBe('ok')
    expect(nonces.check(nonce, 2, 301_001)).toBe('stale')
  })

  it('is stale when the clock was set far back (RFC 7616 §3.3)', () => {
    const nonces = make()
    expect(nonces.check(nonces.issue(3_600_000), 1, 0)).toBe('stale')
  })

  it('of another process, another scope or made up is foreign (RFC 7616 §5.4)', () => {
    const nonces = make()
    const nonce = nonces.issue(0, 'tenant-1')
    const forged = nonce.replace('users-1.0.', 'users-1.1.')
    expect(make({ issuer: 'users-2' }).check(nonce, 1, 0, 'tenant-1')).toBe('foreign')
    expect(['tenant-2', ''].map(scope => nonces.check(nonce, 1, 0, scope))).toEqual(['foreign', 'foreign'])
    expect([forged, '', 'users-1', `${nonce}.x`, `${nonce}x`].map(text => nonces.check(text, 1, 0, 'tenant-1'))).toEqual(
      Array(5).fill('foreign'),
    )
    expect(nonces.check(nonce, 1, 0, 'tenant-1')).toBe('ok')
  })

  it('is unlike every other, even of the same millisecond (RFC 7616 §3.3)', () => {
    const nonces = make()
    expect(new Set(Array.from({ length: 1000 }, () => nonces.issue(5))).size).toBe(1000)
  })

  it('serves a client without qop once (RFC 2617 §3.2.2.1)', () => {
    const nonces = make()
    const nonce = nonces.issue(0)
    expect([1, 2].map(() => nonces.check(nonce, undefined, 1))).toEqual(['ok', 'replayed'])
  })

  it('that fell out of memory is stale, not new (RFC 7616 §5.4)', () => {
    const nonces = make({ capacity: 10 })
    const all = Array.from({ length: 20 }, (_, i) => nonces.issue(i))
    for (const nonce of all) expect(nonces.check(nonce, 1, 20)).toBe('ok')
    expect(nonces.remembered).toBe(10)
    expect(all.map(nonce => nonces.check(nonce, 1, 21))).toEqual([...Array(10).fill('stale'), ...Array(10).fill('replayed')])
  })

  it('takes no memory by age, and no younger nonce suffers (RFC 7616 §5.4)', () => {
    const nonces = make({ capacity: 10 })
    for (let i = 0; i < 5; i++) nonces.check(nonces.issue(0), 1, 0)
    const late = nonces.issue(299_000)
    nonces.check(nonces.issue(300_001), 1, 300_001)
    expect(nonces.remembered).toBe(1)
    expect(nonces.check(late, 1, 300_001)).toBe('ok')
  })

  it('takes each count at most once, whatever comes and however wide the window (RFC 7616 §5.4)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 100 }), (window, counts) => {
        const nonces = make({ window })
        const nonce = nonces.issue(0)
        const taken = counts.filter(nc => nonces.check(nonce, nc, 1) === 'ok')
        expect(new Set(taken).size).toBe(taken.length)
        if (window === 1) expect(taken).toEqual([...taken].sort((a, b) => a - b))
        for (const [i, nc] of taken.entries()) expect(nc).toBeGreaterThan(Math.max(...taken.slice(0, i), window - 1) - window)
      }),
    )
  })
})
