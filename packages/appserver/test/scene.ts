/** The usual beginnings of a call, and the check after each test that nothing is left and every attempt has one end. */
import type { Directory } from '@strowger/store'
import { afterEach, beforeAll, expect } from 'vitest'
import { demoDirectory, Network, type NetworkOptions, NOTHING } from './network.ts'
import type { Phone } from './phone.ts'

export interface Scene {
  network(options?: Partial<NetworkOptions>): Network
  /** Alice calls Bob; the INVITE has arrived at Bob. */
  placed(options?: Partial<NetworkOptions>): { net: Network; alice: Phone; bob: Phone }
  /** They talk. */
  up(options?: Partial<NetworkOptions>): { net: Network; alice: Phone; bob: Phone }
}

export function scene(): Scene {
  let directory: Directory
  let nets: Network[] = []
  beforeAll(async () => {
    directory = await demoDirectory()
  })
  afterEach(() => {
    const all = nets
    nets = []
    for (const net of all) {
      expect(net.settle()).toEqual(NOTHING)
      const calls = (kind: string): string[] =>
        net
          .facts(kind)
          .map(fact => (fact as { call: string }).call)
          .sort()
      expect(calls('end')).toEqual(calls('attempt'))
    }
  })
  const network: Scene['network'] = (options = {}) => {
    const net = new Network({ directory, ...options })
    nets.push(net)
    return net
  }
  const placed: Scene['placed'] = options => {
    const net = network(options)
    const alice = net.users.call('102')
    net.advance(100)
    return { net, alice, bob: net.users.called[0]! }
  }
  const up: Scene['up'] = options => {
    const it = placed(options)
    it.bob.answer()
    it.net.advance(100)
    return it
  }
  return { network, placed, up }
}
