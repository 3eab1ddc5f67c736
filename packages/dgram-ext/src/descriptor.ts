/** Descriptors of sockets, for threads that listen on one together: Node can listen on a descriptor, but closes the one it was given. */
import { loadUdp } from '@strowger/native'
import type { NativeAddon } from './layout.ts'
import { errnoName } from './udp-error.ts'

/**
 * Another descriptor of the same socket, to be closed by whoever gets it. Native only.
 * @throws {Error} with the errno name as `code`, `EBADF`; when the native addon is not there, saying how to build it.
 */
export function duplicateDescriptor(descriptor: number): number {
  const duplicate = (loadUdp() as NativeAddon).duplicate(descriptor)
  if (duplicate >= 0) return duplicate
  const code = errnoName(-duplicate)
  throw Object.assign(new Error(`${code}: the descriptor ${descriptor} cannot be duplicated`), { code })
}
