/**
 * Asks by STUN whether a server is there and as whom it sees us: the keep-alive of a UDP flow, on the port of SIP. RFC 5626 §4.4.2,
 * RFC 8489 §6.2.1.
 *
 * Without timers and sockets: times are arguments, ms of one monotonic clock.
 */
import type { Address } from '@strowger/sip-transaction'

interface Asked {
  readonly bytes: Buffer
  readonly send: (bytes: Uint8Array) => void
  readonly done: (mapped: Address | undefined) => void
  sent: number
  dueAt: number
}

export class StunClient {
  readonly #rtoMs: number
  readonly #randomBytes: (length: number) => Buffer
  readonly #asked = new Map<string, Asked>()

  /** `rtoMs`: first wait for an answer, doubled each time. RFC 8489 §6.2.1 says 500. */
  constructor(rtoMs: number, randomBytes: (length: number) => Buffer) {
    this.#rtoMs = rtoMs
    this.#randomBytes = randomBytes
  }

  /** `done` is told our address as the server sees it; `undefined` when it refuses, or has not answered seven requests. */
  ask(now: number, send: Asked['send'], done: Asked['done']): void {
    const id = this.#randomBytes(ID)
    const bytes = bindingRequest(id)
    this.#asked.set(id.toString('hex'), { bytes, send, done, sent: 1, dueAt: now + this.#rtoMs })
    send(bytes)
  }

  /** True when it was an answer to one of ours; late and repeated ones are not. */
  take(bytes: Uint8Array): boolean {
    if (this.#asked.size === 0) return false
    const answer = readAnswer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    const asked = answer && this.#asked.get(answer.id)
    if (answer === undefined || asked === undefined) return false
    this.#asked.delete(answer.id)
    asked.done(answer.mapped)
    return true
  }

  /** Sends again what is due, and gives up after 7 requests and 16 times the first wait. RFC 8489 §6.2.1. */
  wake(now: number): void {
    for (const [id, asked] of this.#asked) {
      if (now < asked.dueAt) continue
      if (asked.sent === MOST_SENT) {
        this.#asked.delete(id)
        asked.done(undefined)
        continue
      }
      asked.send(asked.bytes)
      asked.sent += 1
      asked.dueAt = now + this.#rtoMs * (asked.sent === MOST_SENT ? LAST_WAIT : 2 ** (asked.sent - 1))
    }
  }

  /** `Infinity` when nothing is asked. */
  get nextWake(): number {
    return Math.min(...[...this.#asked.values()].map(({ dueAt }) => dueAt))
  }

  /** Nobody will hear an answer any more. */
  close(): void {
    for (const { done } of this.#asked.values()) done(undefined)
    this.#asked.clear()
  }
}

/** Without attributes, credentials and FINGERPRINT. RFC 5626 §4.4.2, §8. */
function bindingRequest(id: Buffer): Buffer {
  const bytes = Buffer.alloc(HEADER)
  bytes.writeUInt16BE(BINDING_REQUEST, 0)
  bytes.writeUInt32BE(COOKIE, 4)
  id.copy(bytes, 8)
  return bytes
}

/** `mapped` is absent in an error response, and where something must be understood that is not. RFC 8489 §6.3.3, §6.3.4. */
function readAnswer(bytes: Buffer): { readonly id: string; readonly mapped?: Address } | undefined {
  if (bytes.length < HEADER || bytes.readUInt32BE(4) !== COOKIE || bytes.length !== HEADER + bytes.readUInt16BE(2)) return undefined
  const type = bytes.readUInt16BE(0)
  if (type !== BINDING_RESPONSE && type !== BINDING_ERROR) return undefined
  const id = bytes.toString('hex', 8, HEADER)
  const mapped = type === BINDING_RESPONSE ? mappedIn(bytes) : undefined
  return { id, ...(mapped && { mapped }) }
}

function mappedIn(bytes: Buffer): Address | undefined {
  let mapped: Address | undefined
  let at = HEADER
  while (at + 4 <= bytes.length) {
    const type = bytes.readUInt16BE(at)
    const value = bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2))
    if (type === XOR_MAPPED_ADDRESS) mapped ??= addressIn(value, bytes)
    else if (type < COMPREHENSION_OPTIONAL && !UNDERSTOOD.has(type)) return undefined
    at += 4 + ((bytes.readUInt16BE(at + 2) + 3) & ~3)
  }
  return at === bytes.length ? mapped : undefined
}

/** Of 4 or 16 bytes, hidden by the cookie and the transaction id. RFC 8489 §14.2. */
function addressIn(value: Buffer, message: Buffer): Address | undefined {
  if (value.length !== (value[1] === 1 ? 8 : 20)) return undefined
  const port = value.readUInt16BE(2) ^ (COOKIE >>> 16)
  const plain = Buffer.from(value.subarray(4).map((byte, i) => byte ^ message[4 + i]!))
  if (plain.length === 4) return { address: plain.join('.'), port }
  const words = Array.from({ length: 8 }, (_, i) => plain.readUInt16BE(2 * i).toString(16))
  return { address: words.join(':'), port }
}

const HEADER = 20
const ID = 12
const COOKIE = 0x2112a442
const BINDING_REQUEST = 0x0001
const BINDING_RESPONSE = 0x0101
const BINDING_ERROR = 0x0111
const XOR_MAPPED_ADDRESS = 0x0020
const COMPREHENSION_OPTIONAL = 0x8000
/** MAPPED-ADDRESS of RFC 3489's servers, integrity that was not asked for, REALM, NONCE. RFC 8489 §14. */
const UNDERSTOOD: ReadonlySet<number> = new Set([0x0001, 0x0008, 0x0014, 0x0015, 0x001c, 0x001d, 0x001e])
/** Rc and Rm of RFC 8489 §6.2.1. */
const MOST_SENT = 7
const LAST_WAIT = 16
