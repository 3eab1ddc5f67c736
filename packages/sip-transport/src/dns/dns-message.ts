/** A DNS query as bytes, and what an answer says to it: just the record types of SIP. RFC 1035 §4, RFC 2782, RFC 3403 §4.1, RFC 2308 §5. */
import { Buffer } from 'node:buffer'
import type { NaptrRecord, SrvRecord } from '../targets.ts'

/** What is asked for. RFC 1035 §3.2.2, RFC 3596 §2.1, RFC 2782, RFC 3403 §4. */
export type DnsType = 'A' | 'AAAA' | 'SRV' | 'NAPTR'

/** A name and a type. RFC 1035 §4.1.2. */
export interface DnsQuestion {
  /** In lower case, without the dot at its end. */
  readonly name: string
  readonly type: DnsType
}

/** An address as text, or a record, as was asked. */
export type DnsRecord = string | SrvRecord | NaptrRecord

/** What a server said. */
export type DnsAnswer =
  /** No records: no such name, or none of this type. `ttlSeconds`: how long that holds, if the server says so (RFC 2308 §5). */
  | { readonly kind: 'records'; readonly records: readonly DnsRecord[]; readonly ttlSeconds: number | undefined }
  /** It cannot or will not say: SERVFAIL, REFUSED. */
  | { readonly kind: 'refused'; readonly rcode: number }
  /** To be asked again over TCP. RFC 1035 §4.2.1. */
  | { readonly kind: 'truncated' }

/** `undefined` when no name in DNS can look like this. */
export function encodeQuery(id: number, { name, type }: DnsQuestion): Uint8Array | undefined {
  const labels = name.split('.')
  if (name.length > 253 || labels.some(label => !LABEL.test(label))) return undefined
  const head = Buffer.alloc(12)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(RECURSION_DESIRED, 2)
  head.writeUInt16BE(1, 4)
  const tail = Buffer.alloc(5)
  tail.writeUInt16BE(CODES[type], 1)
  tail.writeUInt16BE(IN, 3)
  const parts = labels.flatMap(label => [Buffer.of(label.length), Buffer.from(label, 'latin1')])
  return Buffer.concat([head, ...parts, tail])
}

/** `undefined` when it answers another question, or cannot be read. */
export function decodeAnswer(bytes: Uint8Array, id: number, question: DnsQuestion): DnsAnswer | undefined {
  try {
    return read(new Cursor(bytes), id, question)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function read(at: Cursor, id: number, { name, type }: DnsQuestion): DnsAnswer | undefined {
  if (at.uint16() !== id) return undefined
  const flags = at.uint16()
  const [questions, answers, authorities] = [at.uint16(), at.uint16(), at.uint16()]
  at.uint16()
  if ((flags & 0xf800) !== RESPONSE || questions !== 1) return undefined
  if (at.name() !== name || at.uint16() !== CODES[type] || at.uint16() !== IN) return undefined
  const rcode = flags & 0xf
  if (rcode !== NO_ERROR && rcode !== NO_SUCH_NAME) return { kind: 'refused', rcode }
  if ((flags & TRUNCATED) !== 0) return { kind: 'truncated' }
  const found = resourcesIn(at, answers)
  const { owner, ttlSeconds } = canonical(found, name)
  const wanted = found.filter(record => record.code === CODES[type] && record.owner === owner)
  if (wanted.length > 0)
    return { kind: 'records', records: wanted.flatMap(({ data }) => data ?? []), ttlSeconds: shortest(wanted, ttlSeconds) }
  const authority = resourcesIn(at, authorities).filter(({ code }) => code === CODE_SOA)
  return { kind: 'records', records: [], ttlSeconds: authority.length === 0 ? undefined : shortest(authority, ttlSeconds) }
}

interface Resource {
  readonly owner: string
  readonly code: number
  readonly ttlSeconds: number
  /** Of a CNAME: the name it stands for. */
  readonly alias?: string
  readonly data?: DnsRecord
}

function resourcesIn(at: Cursor, count: number): readonly Resource[] {
  const found: Resource[] = []
  for (let i = 0; i < count; i++) found.push(resource(at))
  return found
}

function resource(at: Cursor): Resource {
  const owner = at.name()
  const code = at.uint16()
  const isInternet = at.uint16() === IN
  const ttlSeconds = at.ttl()
  const end = at.uint16() + at.position
  const read = isInternet ? READERS[code] : undefined
  const more = read?.(at, end - at.position) ?? {}
  at.position = end
  return { owner, code, ...more, ttlSeconds: Math.min(ttlSeconds, more.ttlSeconds ?? ttlSeconds) }
}

/** How the data of a record is read. */
const READERS: Readonly<Record<number, (at: Cursor, length: number) => Partial<Resource>>> = {
  1: (at, length) => ({ data: at.ipv4(length) }),
  5: at => ({ alias: at.name() }),
  6: at => {
    at.name()
    at.name()
    at.position += 16
    return { ttlSeconds: at.ttl() } // MINIMUM, RFC 2308 §4
  },
  28: (at, length) => ({ data: at.ipv6(length) }),
  33: at => {
    const [priority, weight, port] = [at.uint16(), at.uint16(), at.uint16()]
    return { data: { priority, weight, port, name: at.name() } }
  },
  35: at => {
    const [order, preference, flags, service] = [at.uint16(), at.uint16(), at.text(), at.text()]
    at.text()
    return { data: { order, preference, flags, service, replacement: at.name() } }
  },
}

/** The end of a chain of aliases, and how long the chain holds. RFC 1034 §3.6.2. */
function canonical(found: readonly Resource[], name: string): { owner: string; ttlSeconds: number } {
  let owner = name
  let ttlSeconds = Number.POSITIVE_INFINITY
  for (let hops = 0; hops < MOST_ALIASES; hops++) {
    const link = found.find(record => record.alias !== undefined && record.owner === owner)
    if (link?.alias === undefined) break
    owner = link.alias
    ttlSeconds = Math.min(ttlSeconds, link.ttlSeconds)
  }
  return { owner, ttlSeconds }
}

function shortest(records: readonly Resource[], most: number): number {
  return records.reduce((least, { ttlSeconds }) => Math.min(least, ttlSeconds), most)
}

/** Reads on and on; beyond the end is a RangeError. */
class Cursor {
  position = 0
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  uint8(): number {
    return this.#view.getUint8(this.position++)
  }

  uint16(): number {
    this.position += 2
    return this.#view.getUint16(this.position - 2)
  }

  /** Seconds; one with the highest bit set is none. RFC 2181 §8. */
  ttl(): number {
    this.position += 4
    const value = this.#view.getUint32(this.position - 4)
    return value > 0x7fff_ffff ? 0 : value
  }

  /** RFC 1035 §3.3. */
  text(): string {
    let text = ''
    for (let left = this.uint8(); left > 0; left--) text += String.fromCharCode(this.uint8())
    return text
  }

  ipv4(length: number): string {
    if (length !== 4) throw new RangeError('an A record of another length')
    return [this.uint8(), this.uint8(), this.uint8(), this.uint8()].join('.')
  }

  ipv6(length: number): string {
    if (length !== 16) throw new RangeError('an AAAA record of another length')
    const groups = Array.from({ length: 8 }, () => this.uint16().toString(16))
    return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
  }

  /** In lower case; the root is empty. A pointer leads backwards only, so that no name is without end. RFC 1035 §4.1.4. */
  name(): string {
    const labels: string[] = []
    let resumeAt: number | undefined
    let before = this.position
    for (let length = this.uint8(), total = 0; length > 0; length = this.uint8()) {
      if (length >= 0xc0) {
        const target = ((length & 0x3f) << 8) | this.uint8()
        resumeAt ??= this.position
        if (target >= before) throw new RangeError('a pointer that does not lead backwards')
        before = target
        this.position = target
        continue
      }
      total += length + 1
      if (length > 63 || total > 254) throw new RangeError('a name that is too long')
      labels.push(this.#label(length))
    }
    if (resumeAt !== undefined) this.position = resumeAt
    return labels.join('.').toLowerCase()
  }

  /** A dot inside of a label would make another name of it. */
  #label(length: number): string {
    let label = ''
    for (let i = 0; i < length; i++) label += String.fromCharCode(this.uint8())
    if (!LABEL.test(label)) throw new RangeError('a label of other characters')
    return label
  }
}

/** Letters, digits, hyphens, and what SRV, tests and careless administrators add; no dot, blank or control. RFC 2181 §11. */
const LABEL = /^[!-\-/-~]{1,63}$/
const CODES: Readonly<Record<DnsType, number>> = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 }
const CODE_SOA = 6
const IN = 1
const RECURSION_DESIRED = 0x0100
const RESPONSE = 0x8000
const TRUNCATED = 0x0200
const NO_ERROR = 0
const NO_SUCH_NAME = 3
const MOST_ALIASES = 8
