/** `node echo.ts native|dgram PORT SHARE_WAKE_UPS_US`: sends back what comes, over `dgram-ext` or over `node:dgram` as its documentation has it. */
import { createSocket } from 'node:dgram'
import { UdpSocket } from '@strowger/dgram-ext'

const [implementation, portText, shareText] = process.argv.slice(2)
const [port, shareWakeUpsUs] = [Number(portText), Number(shareText)]
const address = '127.0.0.1'
const receiveBufferBytes = 16 << 20

if (implementation === 'native') {
  UdpSocket.bind({ address, port, implementation, shareWakeUpsUs, receiveBufferBytes }, (batch, socket) => {
    for (let i = 0; i < batch.length; i++) socket.send(batch.bytes(i), batch.peer(i))
  })
} else {
  const socket = createSocket('udp4')
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address))
  socket.bind(port, address, () => socket.setRecvBufferSize(receiveBufferBytes))
}
