/** An echo that takes many datagrams per system call, and a client that counts what comes back. */
import { UdpSocket } from '@strowger/dgram-ext'

const COUNT = 256
let batches = 0
let back = 0

const echo = UdpSocket.bind({ address: '127.0.0.1' }, (batch, socket) => {
  batches++
  for (let i = 0; i < batch.length; i++) socket.send(batch.bytes(i), batch.peer(i))
})

const client = UdpSocket.bind({ address: '127.0.0.1' }, batch => {
  back += batch.length
  if (back < COUNT) return
  console.log(`${back} datagrams came back; the echo was called ${batches} times (${echo.implementation})`)
  client.close()
  echo.close()
})

const started = performance.now()
process.once('exit', () => console.log(`it took ${(performance.now() - started).toFixed(1)} ms`))
for (let i = 0; i < COUNT; i++) client.send(new Uint8Array(160).fill(i), echo.local)
