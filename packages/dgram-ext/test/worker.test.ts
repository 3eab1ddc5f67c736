/** The addon in worker threads: nothing is shared between them, and a thread may end with its socket open. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { UdpSocket } from '../src/index.ts'

const script = `
import { parentPort } from 'node:worker_threads'
const { loadUdp } = await import(${JSON.stringify(import.meta.resolve('@strowger/native'))})
const { Socket } = loadUdp()
const words = n => new Uint32Array(n * 16)
const options = { address: '127.0.0.1', port: 0, reusePort: false, receiveBufferBytes: 65536, timestamps: false, shareWakeUpsUs: 250,
  slotBytes: 2048, maxBytes: 2048,
  rx: new Uint8Array(8 * 2048), rxRecords: words(8), tx: new Uint8Array(65536), txRecords: words(8), errorRecords: words(8), control: new Uint32Array(16) }
const socket = new Socket(options, n => parentPort.postMessage({ datagrams: n }))
parentPort.postMessage({ port: socket.local().port })
`

it('a worker receives, and is terminated with the socket open', async () => {
  const socket = UdpSocket.bind({ address: '127.0.0.1', implementation: 'native' }, () => {})
  for (let round = 0; round < 3; round++) {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`))
    const [{ port }] = (await once(worker, 'message')) as [{ port: number }]
    socket.send(Uint8Array.of(1), { address: '127.0.0.1', port })
    expect(await once(worker, 'message')).toEqual([{ datagrams: 1 }])
    expect(await worker.terminate()).toBe(1)
  }
  socket.close()
})
