/** What carries a relay's commands and replies: a bound socket of `node:dgram`, or whatever else brings datagrams. */
import { createSocket, type SocketOptions } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { RelayAddress } from './command-socket.ts'

/** A bound socket. */
export interface Datagrams {
  /** Where it is bound. */
  readonly port: number
  /** Sends at the end of the turn at the latest; what the system will not send is lost. `bytes` are not changed afterwards. */
  readonly send: (bytes: Uint8Array, to: RelayAddress) => void
  /** Nothing is received from here on. */
  readonly close: () => Promise<void> | void
}

/** Binds; `receive` is called with each datagram, whose bytes are only its own until it returns. Throws or rejects where the address cannot be bound. */
export type OpenDatagrams = (at: RelayAddress, receive: (bytes: Uint8Array, from: RelayAddress) => void) => Promise<Datagrams> | Datagrams

export const openDgram: OpenDatagrams = async ({ address, port }, receive) => {
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER, lookup: numeric })
  try {
    const listening = once(socket, 'listening')
    socket.bind({ address, port, exclusive: true })
    await listening
  } catch (error) {
    socket.close()
    throw error
  }
  socket.on('error', () => {})
  socket.on('message', receive)
  return {
    port: socket.address().port,
    send: (bytes, to) => socket.send(bytes, to.port, to.address),
    close: async () => {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

/** Controllers have numeric addresses: nobody is asked, so that a reply leaves in the same turn. */
const numeric: NonNullable<SocketOptions['lookup']> = (address, _, done) => done(null, address, isIPv6(address) ? 6 : 4)

const RECEIVE_BUFFER = 2 ** 20
