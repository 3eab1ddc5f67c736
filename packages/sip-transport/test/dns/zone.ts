/** DNS answers for tests, as bytes: written apart from what reads them. */
import { Buffer } from 'node:buffer'

export function answerOf(
  id: number,
  name: string,
  type: keyof typeof CODES,
  parts: { answers?: readonly Buffer[]; authorities?: readonly Buffer[]; rcode?: number; truncated?: boolean } = {},
): Buffer {
  const { answers = [], authorities = [], rcode = 0, truncated = false } = parts
  const head = words(id, 0x8180 | rcode | (truncated ? 0x200 : 0), 1, answers.length, authorities.length, 0)
  return Buffer.concat([head, nameBytes(name), words(CODES[type], 1), ...answers, ...authorities])
}

/** A number is a pointer, as it stands. */
export function a(owner: string | number, address: string, ttl: number): Buffer {
  return record(owner, 1, ttl, Buffer.from(address.split('.').map(Number)))
}

/** Sixteen bytes in hexadecimal. */
export function aaaa(owner: string, hex: string, ttl: number): Buffer {
  return record(owner, 28, ttl, Buffer.from(hex, 'hex'))
}

export function cname(owner: string, target: string, ttl: number): Buffer {
  return record(owner, 5, ttl, nameBytes(target))
}

export function srv(owner: string, priority: number, weight: number, port: number, target: string, ttl = 60): Buffer {
  return record(owner, 33, ttl, Buffer.concat([words(priority, weight, port), nameBytes(target)]))
}

export function naptr(owner: string, order: number, preference: number, flags: string, service: string, replacement: string): Buffer {
  return record(owner, 35, 60, Buffer.concat([words(order, preference), text(flags), text(service), text(''), nameBytes(replacement)]))
}

export function soa(owner: string, ttl: number, minimum: number): Buffer {
  return record(
    owner,
    6,
    ttl,
    Buffer.concat([nameBytes('ns.test'), nameBytes('admin.test'), long(1), long(2), long(3), long(4), long(minimum)]),
  )
}

export function nameBytes(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.')
  return Buffer.concat([...labels.map(text), Buffer.of(0)])
}

function record(owner: string | number, code: number, ttl: number, data: Buffer): Buffer {
  const name = typeof owner === 'number' ? words(owner) : nameBytes(owner)
  return Buffer.concat([name, words(code, 1), long(ttl), words(data.length), data])
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value, 'latin1')])
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, 2 * i)
  return bytes
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const CODES = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 } as const
