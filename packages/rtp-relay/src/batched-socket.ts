/** The socket on which the daemon takes NG: datagrams cross into JavaScript in batches, and replies leave in one system call. */
import { UdpSocket } from '@strowger/dgram-ext'
import type { OpenDatagrams } from '@strowger/media-control/udp'

export const openBatched: OpenDatagrams = ({ address, port }, receive) => {
  const socket = UdpSocket.bind({ address, port, receiveBufferBytes: RECEIVE_BUFFER }, batch => {
    for (let i = 0; i < batch.length; i++) receive(batch.bytes(i), batch.peer(i))
  })
  return { port: socket.local.port, send: (bytes, to) => void socket.send(bytes, to), close: () => socket.close() }
}

const RECEIVE_BUFFER = 2 ** 20
