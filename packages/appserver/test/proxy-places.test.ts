/** A proxy that moves to another UDP port says so in its probe, signed. RFC 3261 §18.2. */
import { newKey, readPlace, signPlace } from '@strowger/runtime'
import { describe, expect, test } from 'vitest'
import { ProxyPlaces } from '../src/call/proxy-places.ts'

const users = { address: '192.0.2.1', port: 5060 }
const trunks = { address: '192.0.2.1', port: 5070 }
const moved = { side: 'users', address: '192.0.2.1', port: 5080 } as const
const key = newKey()
const keys = { signing: key, accepted: [key] }

describe('places of proxies', () => {
  test('where one has moved to it is sent to, and what still comes from where it was is its own', () => {
    const places = new ProxyPlaces({ users, trunks })
    places.moved(moved)
    expect(places.at('users')).toEqual({ address: '192.0.2.1', port: 5080 })
    expect(places.at('trunks')).toEqual(trunks)
    expect([places.sideAt(users), places.sideAt(moved), places.sideAt(trunks)]).toEqual(['users', 'users', 'trunks'])
    expect(places.sideAt({ address: '192.0.2.1', port: 5090 })).toBeUndefined()
  })

  test('two that change their ports with each other are told apart by who was there last', () => {
    const places = new ProxyPlaces({ users, trunks })
    places.moved({ side: 'users', ...trunks })
    places.moved({ side: 'trunks', ...users })
    expect([places.sideAt(users), places.sideAt(trunks)]).toEqual(['trunks', 'users'])
  })

  test('another address is no move, and the same place is none', () => {
    const places = new ProxyPlaces({ users, trunks })
    places.moved({ side: 'users', address: '198.51.100.1', port: 5060 })
    places.moved({ side: 'users', ...users })
    expect(places.at('users')).toEqual(users)
    expect(places.sideAt({ address: '198.51.100.1', port: 5060 })).toBeUndefined()
  })

  test('however often it moves, the last sixteen places are known', () => {
    const places = new ProxyPlaces({ users, trunks })
    for (let port = 6000; port < 6100; port++) places.moved({ side: 'users', address: '192.0.2.1', port })
    expect(places.sideAt({ address: '192.0.2.1', port: 6084 })).toBe('users')
    expect(places.sideAt({ address: '192.0.2.1', port: 6083 })).toBeUndefined()
  })
})

describe('the header', () => {
  test('is read as it was written, within a minute', () => {
    const value = signPlace(moved, keys, 1_000_000)
    expect(readPlace(value, keys, 1_059_000)).toEqual(moved)
    expect(readPlace(value, keys, 1_061_000)).toBeUndefined()
    expect(readPlace(value, keys, 990_000)).toBeUndefined()
  })

  test('is nothing from whoever has no key of ours', () => {
    const other = newKey()
    expect(readPlace(signPlace(moved, { signing: other, accepted: [other] }, 0), keys, 0)).toBeUndefined()
    expect(readPlace('garbage', keys, 0)).toBeUndefined()
  })
})
