/** A party's RTP: an even port and the one above, a tone or an echo going out every 20 ms, an ear for what comes in. RFC 3550 §11. */
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { readRtp, writeRtp } from '@strowger/rtp-packet'
import { Ear } from './ear.ts'
import { Metronome } from './metronome.ts'
import { PACKET_SAMPLES, Tone } from './tone.ts'

/** Where the other party wants its RTP. */
export interface MediaAddress {
  readonly address: string
  readonly port: number
}

export class AudioPort {
  readonly address: string
  readonly port: number
  readonly #rtp: Socket
  readonly #rtcp: Socket
  readonly #ssrc: number = randomBytes(4).readUInt32BE()
  readonly #metronome: Metronome = new Metronome(PACKET_MS, tick => this.#tick(tick))
  #ear: Ear = new Ear()
  #sequence: number = randomBytes(2).readUInt16BE()
  #sound: Tone | 'echo' | undefined
  #peer: MediaAddress | undefined
  #sent = 0

  /** @throws Error where `address` is not one of this machine. */
  static async open(address: string): Promise<AudioPort> {
    for (let attempt = 0; ; attempt++) {
      const rtp = await bind(address, 0)
      const port = rtp.address().port
      const rtcp = port % 2 === 0 ? await bind(address, port + 1).catch(() => undefined) : undefined
      if (rtcp !== undefined) return new AudioPort(rtp, rtcp)
      rtp.close()
      if (attempt > 100) throw new Error(`no even UDP port with a free one above it on ${address}`)
    }
  }

  private constructor(rtp: Socket, rtcp: Socket) {
    const { address, port } = rtp.address()
    this.address = address
    this.port = port
    this.#rtp = rtp.on('message', bytes => this.#receive(bytes)).on('error', () => {})
    this.#rtcp = rtcp.on('error', () => {})
  }

  get ear(): Ear {
    return this.#ear
  }

  get sent(): number {
    return this.#sent
  }

  /** A tone of `hz`, or whatever is heard sent back. */
  play(sound: number | 'echo'): void {
    this.#sound = sound === 'echo' ? sound : new Tone(sound)
  }

  /** `undefined`: nothing is sent, as towards a party that holds. */
  sendTo(peer: MediaAddress | undefined): void {
    this.#peer = peer
    if (peer === undefined) this.#metronome.stop()
    else this.#metronome.start()
  }

  /** Forgets what was heard. */
  listenAnew(): void {
    this.#ear = new Ear()
  }

  close(): void {
    this.#metronome.stop()
    this.#rtp.close()
    this.#rtcp.close()
  }

  #receive(bytes: Uint8Array): void {
    this.#ear.hear(performance.now(), bytes)
    if (this.#sound === 'echo') this.#echo(Uint8Array.from(bytes))
  }

  /** Who sends a stream has an SSRC of its own (RFC 3550 §8). */
  #echo(bytes: Uint8Array): void {
    const packet = readRtp(bytes)
    if (packet === undefined) return
    packet.ssrc = this.#ssrc
    this.#send(bytes)
  }

  #tick(tick: number): void {
    if (!(this.#sound instanceof Tone)) return
    const payload = this.#sound.next()
    const marker = this.#sent === 0
    const timestamp = (tick * PACKET_SAMPLES) % 2 ** 32
    this.#send(writeRtp({ payloadType: 8, marker, sequence: this.#sequence, timestamp, ssrc: this.#ssrc, payload }))
    this.#sequence = (this.#sequence + 1) & 0xffff
  }

  #send(bytes: Uint8Array): void {
    if (this.#peer === undefined) return
    this.#sent += 1
    this.#rtp.send(bytes, this.#peer.port, this.#peer.address, () => {})
  }
}

async function bind(address: string, port: number): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  socket.bind(port, address)
  await once(socket, 'listening')
  return socket
}

const PACKET_MS = 20
