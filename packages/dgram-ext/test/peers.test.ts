import { describe, expect, it } from 'vitest'
import { records } from '../src/layout.ts'
import { PeerCache } from '../src/peers.ts'

const AT = 4

function newEars() {
  const cache = new PeerCache()
  const { words, bytes } = records(1)
  return (number: number, port: number) => {
    bytes.set([10, (number >> 16) & 255, (number >> 8) & 255, number & 255], AT * 4)
    return cache.peer(words, bytes, AT, 4, port, 0)
  }
}

describe('the cache of peers', () => {
  it('gives the same object for a peer that comes again, another for another port', () => {
    const hear = newEars()
    const first = hear(1, 5060)
    expect(first).toEqual({ address: '10.0.0.1', port: 5060 })
    expect(hear(1, 5061)).toEqual({ address: '10.0.0.1', port: 5061 })
    expect(hear(2, 5060)).toEqual({ address: '10.0.0.2', port: 5060 })
    expect(hear(1, 5060)).toBe(first)
  })

  it('knows each of a thousand peers again', () => {
    const hear = newEars()
    const peers = Array.from({ length: 1000 }, (_, i) => hear(i, 5060))
    expect(peers.filter((peer, i) => hear(i, 5060) !== peer).length).toBeLessThan(10)
  })

  it('never takes one peer for another, however many there are', () => {
    const hear = newEars()
    for (let i = 0; i < 40_000; i++) {
      const { address, port } = hear(i, i % 65_536)
      if (address !== `10.0.${i >> 8}.${i & 255}` || port !== i % 65_536) expect.fail(`${address}:${port} for ${i}`)
    }
  })
})
