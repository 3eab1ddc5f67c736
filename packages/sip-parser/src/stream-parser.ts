/** Messages out of a byte stream (TCP, TLS). RFC 3261 §18.3, RFC 5626 §4.4.1. */
import { allocate } from './allocate.ts'
import { ContentLength } from './headers/content-length.ts'
import { HEADER_COUNT, type Limits, MESSAGE_BYTES } from './limits.ts'
import type { Parsed } from './message.ts'
import { parseFramed } from './parse.ts'
import { scanHeaders } from './scan-headers.ts'

/** RFC 5626 §4.4.1 double-CRLF ping or single-CRLF pong on a stream. A ping cut in two reads as a pong and then a ping. */
export type KeepAlive = { readonly kind: 'ping' } | { readonly kind: 'pong' }

/** Push chunks, pull until `undefined`. Chunks are copied; a message owns its bytes. */
export class StreamParser {
  private readonly limits: Limits | undefined
  private readonly most: number
  private buffer: Uint8Array = new Uint8Array(0)
  private start = 0
  private end = 0
  /** How far the search for the empty line has come. */
  private searched = 0
  /** Bytes of the message at `start`, once its header is there. */
  private wanted = 0
  private brokenUp = false
  private afterPong = false

  constructor(limits?: Limits) {
    this.limits = limits
    this.most = limits?.messageBytes ?? MESSAGE_BYTES
  }

  /** Nothing more can be read: where the next message starts is not known. Close the connection. */
  get broken(): boolean {
    return this.brokenUp
  }

  /** Takes what was read from the connection, in any pieces; nothing once `broken`. */
  push(chunk: Uint8Array): void {
    if (this.brokenUp) return
    this.makeRoom(chunk.length)
    this.buffer.set(chunk, this.end)
    this.end += chunk.length
  }

  /** The next message or keep-alive that is whole; `undefined` until more comes, and always once `broken`. */
  next(): Parsed | KeepAlive | undefined {
    if (this.brokenUp) return undefined
    const keepAlive = this.keepAlive()
    if (keepAlive !== undefined) return keepAlive
    if (this.wanted === 0) {
      const headerEnd = this.headerEnd()
      if (headerEnd < 0) return this.tooLarge(this.end - this.start)
      this.wanted = this.messageLength(headerEnd)
    }
    if (this.wanted > this.most) return this.tooLarge(this.wanted)
    return this.end - this.start < this.wanted ? undefined : this.take()
  }

  /** CRLFs between messages (RFC 3261 §7.5). */
  private keepAlive(): KeepAlive | undefined {
    const { buffer, start, end } = this
    if (end - start < 2 || buffer[start] !== CR || buffer[start + 1] !== LF) return undefined
    const double = end - start >= 4 && buffer[start + 2] === CR && buffer[start + 3] === LF
    const ping = double || this.afterPong
    this.advance(ping && !this.afterPong ? 4 : 2)
    this.afterPong = !ping
    return ping ? PING : PONG
  }

  /** Offset after the empty line, or -1. Each byte is looked at once, however small the chunks. */
  private headerEnd(): number {
    const { buffer, end } = this
    let i = this.searched
    while (i + 3 < end) {
      if (buffer[i] === CR && buffer[i + 1] === LF && buffer[i + 2] === CR && buffer[i + 3] === LF) return i + 4
      i++
    }
    this.searched = i
    return -1
  }

  private messageLength(headerEnd: number): number {
    const { buffer, start } = this
    const section = buffer.subarray(start, headerEnd)
    let firstLine = 0
    while (section[firstLine] !== CR || section[firstLine + 1] !== LF) firstLine++
    const headers = scanHeaders(section, firstLine + 2, this.limits?.headerCount ?? HEADER_COUNT)
    const lengths = headers.all(ContentLength)
    const known = lengths.length === 1 && headers.raw(ContentLength.name).length === 1
    if (!known || headers.problem?.code === 'too-large') this.brokenUp = true
    return headerEnd - start + (known ? lengths[0]! : 0)
  }

  private take(): Parsed {
    const bytes = allocate(this.wanted)
    bytes.set(this.buffer.subarray(this.start, this.start + this.wanted))
    this.advance(this.wanted)
    this.afterPong = false
    return withWire(parseFramed(bytes, this.limits, 'stream'), bytes)
  }

  /** A message of `bytes` bytes, more than the limit: what there is of it, and the end of reading. */
  private tooLarge(bytes: number): Parsed | undefined {
    if (bytes <= this.most) return undefined
    this.brokenUp = true
    const wire = this.buffer.slice(this.start, Math.min(this.end, this.start + this.most))
    return withWire(parseFramed(wire, this.limits, 'start'), wire)
  }

  private advance(bytes: number): void {
    this.start += bytes
    this.searched = this.start
    this.wanted = 0
  }

  private makeRoom(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return
    const held = this.end - this.start
    const target = held + bytes > this.buffer.length / 2 ? new Uint8Array(Math.max(1024, 2 * (held + bytes))) : this.buffer
    target.set(this.buffer.subarray(this.start, this.end))
    this.searched -= this.start
    this.buffer = target
    this.start = 0
    this.end = held
  }
}

function withWire(parsed: Parsed, wire: Uint8Array): Parsed {
  return parsed.kind === 'malformed' ? { ...parsed, wire } : parsed
}

const PING: KeepAlive = { kind: 'ping' }
const PONG: KeepAlive = { kind: 'pong' }
const CR = 13
const LF = 10
