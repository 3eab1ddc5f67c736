/** Where a contestant lives, where the load comes from that it gets, and what of the kernel carries packets between them. */
import { Network } from '../proxy/processes.ts'

export interface Place {
  readonly relays: Network
  readonly phones: Network
  /** Of the relay. */
  readonly address: string
  /** Of both parties of all calls. */
  readonly party: string
  /** CPU of threads of the kernel that receive for the one or the other, and for nobody else. */
  kernelSeconds(): { readonly relay: number; readonly phones: number }
}

/** For so many contestants. */
export interface Ground {
  readonly places: readonly Place[]
  close(): void
}

export const RELAY_CORE = 0
export const LOAD_CORE = 1

/** All on addresses of one loopback interface: there the sender pays for the receiver's half of the network stack, and no thread of the kernel does. */
export function onLoopback(count: number): Ground {
  const network = new Network()
  const places = Array.from({ length: count }, (_, number) => ({
    relays: network,
    phones: network,
    address: `127.0.0.${2 + number}`,
    party: '127.0.0.1',
    kernelSeconds: () => ({ relay: 0, phones: 0 }),
  }))
  return { places, close: () => network.close() }
}
