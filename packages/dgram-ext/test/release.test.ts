/** A closed socket and its slabs are given back to the garbage collector. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { UdpSocket } from '../src/index.ts'

it.each(['native', 'dgram'] as const)('a closed %s socket is collected', async implementation => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const sockets = Array.from({ length: 8 }, () => {
    const socket = UdpSocket.bind({ address: '127.0.0.1', implementation, shareWakeUpsUs: 250 }, () => socket.flush())
    socket.close()
    return new WeakRef(socket)
  })
  for (let turn = 0; turn < 20; turn++) {
    await new Promise(resolve => setImmediate(resolve))
    collect()
  }
  expect(sockets.filter(socket => socket.deref() !== undefined).length).toBeLessThan(2)
})
