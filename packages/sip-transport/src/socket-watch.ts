/** Whether bytes still move on a socket: looked at every now and then, so that reading and writing cost nothing more. RFC 5626 §4.4. */
import type { Socket } from 'node:net'

export class SocketWatch {
  readonly #socket: Socket
  #moved = -1
  #movedAt: number
  #taken = 0
  #takenAt: number

  constructor(socket: Socket, now: number) {
    this.#socket = socket
    this.#movedAt = now
    this.#takenAt = now
  }

  /** For how long no byte came or went. */
  idleMs(now: number): number {
    const moved = this.#socket.bytesRead + this.#socket.bytesWritten
    if (moved !== this.#moved) {
      this.#moved = moved
      this.#movedAt = now
    }
    return now - this.#movedAt
  }

  /** For how long the kernel has taken nothing of what waits; 0 when nothing does. */
  stuckMs(now: number): number {
    const waiting = this.#socket.writableLength
    const taken = this.#socket.bytesWritten - waiting
    if (waiting === 0 || taken !== this.#taken) {
      this.#taken = taken
      this.#takenAt = now
    }
    return now - this.#takenAt
  }
}
