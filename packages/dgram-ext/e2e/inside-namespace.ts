/** What runs in the network namespace of `namespace.e2e.test.ts`; prints its findings as JSON. */
import { UdpSocket } from '../src/index.ts'

const findings: Readonly<Record<string, () => Promise<unknown>>> = { slowLink, linkLocal }
console.log(JSON.stringify(await findings[process.argv[2]!]!()))

/** The device takes 4 Mbit/s: the kernel's buffer fills, then our queue, then `send` refuses, until all has left. */
async function slowLink(): Promise<unknown> {
  let arrived = 0
  const to = UdpSocket.bind({ address: '127.0.0.1', implementation: 'native' }, batch => {
    arrived += batch.length
  })
  const from = UdpSocket.bind({ address: '127.0.0.1', implementation: 'native', queueLength: 16 }, () => {})
  let accepted = 0
  while (from.send(new Uint8Array(1000), to.local)) accepted++
  const queuedAtOnce = accepted
  await new Promise<void>(resolve => from.onDrain(resolve))
  if (from.send(new Uint8Array(1000), to.local)) accepted++
  while (arrived < accepted) await new Promise(resolve => setTimeout(resolve, 10))
  const { refused, sent } = from.stats()
  from.close()
  to.close()
  return { beyondQueue: queuedAtOnce > 16, refused, allSent: sent === accepted, allArrived: arrived === accepted }
}

/** `fe80::1` is only an address together with its interface, which is a number here. RFC 4007 §11. */
async function linkLocal(): Promise<unknown> {
  const zone = Number(process.argv[3])
  const everywhere = UdpSocket.bind({ address: '::', implementation: 'native' }, (batch, socket) => {
    socket.send(new TextEncoder().encode(batch.local(0).address), batch.peer(0), batch.local(0))
  })
  const heard = await new Promise(resolve => {
    const phone = UdpSocket.bind({ address: `fe80::1%${zone}`, implementation: 'native' }, batch => {
      resolve({ bound: phone.local.address, localOfAnswerer: new TextDecoder().decode(batch.bytes(0)), peer: batch.peer(0).address })
      phone.close()
    })
    phone.send(Uint8Array.of(1), { address: `fe80::1%${zone}`, port: everywhere.local.port })
  })
  everywhere.close()
  return heard
}
