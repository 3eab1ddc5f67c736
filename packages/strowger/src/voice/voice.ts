/** A party's half of one call's session: its audio port, its SDP, and what the other side's SDP makes it do. RFC 3264 §8. */
import { randomBytes } from 'node:crypto'
import { type Direction, latin1Bytes } from '@strowger/sdp'
import type { AudioPort } from '../audio/audio-port.ts'
import { answer, type OwnSession, offer, peerOf } from './session-text.ts'

export type Codecs = OwnSession['codecs']

export class Voice {
  readonly audio: AudioPort
  readonly #codecs: Codecs
  readonly #id: number = randomBytes(4).readUInt32BE()
  #version = 0

  constructor(audio: AudioPort, codecs: Codecs) {
    this.audio = audio
    this.#codecs = codecs
  }

  offer(way: Direction = 'sendrecv'): Uint8Array {
    return latin1Bytes(offer(this.#next(), way))
  }

  /** Takes the offer and gives the answer; `undefined`: 488. */
  answer(offered: Uint8Array): Uint8Array | undefined {
    const text = answer(offered, this.#next())
    if (text === undefined) return undefined
    this.take(offered)
    return latin1Bytes(text)
  }

  /** The other side's SDP. False where there is no audio in it. */
  take(body: Uint8Array): boolean {
    const peer = peerOf(body)
    if (peer === undefined) return false
    this.audio.sendTo(peer.sendTo)
    return true
  }

  #next(): OwnSession {
    const { address, port } = this.audio
    this.#version += 1
    return { at: { address, port }, id: this.#id, version: this.#version, codecs: this.#codecs }
  }
}
