/** A structure of the wire as a table of bit fields, and what reads and writes by it. RFC 3550 §4: network byte order. */
import { checkInteger } from '../bytes.ts'

/** A run of bits. */
export interface Field<Name extends string = string> {
  /** As the RFC's figure calls it, in our spelling. */
  readonly name: Name
  /** Bits from the beginning of the structure; bit 0 is the highest of the first byte. */
  readonly offset: number
  /** 1 to 32. */
  readonly bits: number
  /** Two's complement. */
  readonly signed: boolean
}

/** A structure of fixed length. `T` has a number for each field. */
export interface Layout<T> {
  /** PascalCase. */
  readonly name: string
  /** Where its figure is: `RFC 3550 §5.1`. */
  readonly clause: string
  /** How long it is. */
  readonly bytes: number
  /** In the order of the wire; reserved bits are left out. */
  readonly fields: readonly Field<keyof T & string>[]
}

/** One row of a figure: name (`''` is reserved), bits. */
export type Row<T> = readonly [name: (keyof T & string) | '', bits: number, signed?: 'signed']

/** Offsets follow from the rows, which stand in the order of the figure. */
export function layout<T>(name: string, clause: string, rows: readonly Row<T>[]): Layout<T> {
  const fields: Field<keyof T & string>[] = []
  let offset = 0
  for (const [field, bits, signed] of rows) {
    if (field !== '') fields.push({ name: field, offset, bits, signed: signed !== undefined })
    offset += bits
  }
  return { name, clause, bytes: offset / 8, fields }
}

/** All fields of the structure at `at`; `layout.bytes` must be there. */
export function readFields<T>(layout: Layout<T>, bytes: Uint8Array, at: number): T {
  const values: Record<string, number> = {}
  for (const field of layout.fields) values[field.name] = readField(field, bytes, at)
  return values as T
}

/**
 * Writes the structure at `at`, reserved bits as zero.
 * @throws TypeError or RangeError for a value that the field cannot hold
 */
export function writeFields<T extends object>(layout: Layout<T>, bytes: Uint8Array, at: number, values: T): void {
  bytes.fill(0, at, at + layout.bytes)
  for (const field of layout.fields) {
    const value = (values as Readonly<Record<string, number>>)[field.name] as number
    const least = field.signed ? -(2 ** (field.bits - 1)) : 0
    checkInteger(`${layout.name}.${field.name}`, value, least, least + 2 ** field.bits - 1)
    addField(field, bytes, at, value < 0 ? value + 2 ** field.bits : value)
  }
}

function readField({ offset, bits, signed }: Field, bytes: Uint8Array, at: number): number {
  const end = offset + bits - 1
  let value = bytes[at + (offset >> 3)]! & (0xff >> (offset & 7))
  for (let byte = (offset >> 3) + 1; byte <= end >> 3; byte++) value = value * 256 + bytes[at + byte]!
  const unused = 7 - (end & 7)
  if (unused > 0) value = Math.floor(value / 2 ** unused)
  return signed && value >= 2 ** (bits - 1) ? value - 2 ** bits : value
}

/** Into bits that are zero. */
function addField({ offset, bits }: Field, bytes: Uint8Array, at: number, value: number): void {
  const end = offset + bits - 1
  let rest = value * 2 ** (7 - (end & 7))
  for (let byte = end >> 3; byte >= offset >> 3; byte--) {
    bytes[at + byte]! |= rest % 256
    rest = Math.floor(rest / 256)
  }
}
