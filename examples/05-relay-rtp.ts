/** Two phones talk through the relay, which sees one packet missing. No packet passes through JavaScript but those of the phones. RFC 3550 §6.4.1. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Relay } from '@strowger/rtp-relay'

const [alice, bob] = await Promise.all([phone(), phone()])
const relay = await Relay.start({ interfaces: { lan: { address: '127.0.0.1' } }, ports: { from: 10_000, to: 10_999 } })
const call = relay.pipe()
call.a.connect(alice.address()) // what Alice's SDP says
call.b.connect(bob.address())

for (let sequence = 0; sequence < 50; sequence++) {
  if (sequence !== 25) alice.send(rtp(0xa11ce, sequence), call.a.local.port, '127.0.0.1')
  bob.send(rtp(0xb0b, sequence), call.b.local.port, '127.0.0.1')
  await setTimeout(20)
}

const heard = call.close()
for (const [name, stats] of [['alice', heard.a] as const, ['bob', heard.b] as const]) {
  const { packets, bytes, lost, jitterMs, sentPackets } = stats
  console.log(`${name} sent ${packets} packets, ${bytes} bytes, ${lost} lost, jitter ${jitterMs.toFixed(1)} ms; was sent ${sentPackets}`)
}
for (const open of [alice, bob, relay]) open.close()

async function phone(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** 20 ms of silence in A-law: version 2, payload type 8, sequence number, timestamp, SSRC. RFC 3550 §5.1. */
function rtp(ssrc: number, sequence: number): Buffer {
  const packet = Buffer.alloc(172, 0xd5)
  packet.writeUInt16BE(0x8008, 0)
  packet.writeUInt16BE(sequence, 2)
  packet.writeUInt32BE(sequence * 160, 4)
  packet.writeUInt32BE(ssrc, 8)
  return packet
}
