/** IPv4 and IPv6 addresses between text and bytes. RFC 4291 §2.2, RFC 5952 §4, zones of RFC 4007 §11 as numbers. */

/** An address in the form the shared records want it. */
export interface RawAddress {
  readonly family: 4 | 6
  /** 4 or 16 bytes, as on the wire. */
  readonly bytes: Uint8Array
  readonly scope: number
}

/** `undefined` when `text` is not a numeric address. */
export function parseAddress(text: string): RawAddress | undefined {
  const zone = text.indexOf('%')
  const bare = zone < 0 ? text : text.slice(0, zone)
  if (!bare.includes(':')) {
    const bytes = zone < 0 ? parseIpv4(bare) : undefined
    return bytes && { family: 4, bytes: Uint8Array.from(bytes), scope: 0 }
  }
  const bytes = parseIpv6(bare)
  const scope = zone < 0 ? 0 : Number(text.slice(zone + 1))
  if (bytes === undefined || !Number.isInteger(scope)) return undefined
  return { family: 6, bytes: Uint8Array.from(bytes), scope }
}

export function formatIpv4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** The canonical form: lower case, no leading zeros, the longest run of zeros shortened. RFC 5952 §4. */
export function formatIpv6(bytes: Uint8Array, at: number, scope: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[at + 2 * i]! * 256 + bytes[at + 2 * i + 1]!)
  const run = longestZeroRun(groups)
  const hex = (part: readonly number[]): string => part.map(group => group.toString(16)).join(':')
  const text = run.length < 2 ? hex(groups) : `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`
  return scope === 0 ? text : `${text}%${scope}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined
  return parts.map(Number)
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map(half => (half === '' ? [] : parseGroups(half)))
  if (head === undefined) return undefined
  if (halves.length === 1) return head.length === 16 ? head : undefined
  if (tail === undefined || head.length + tail.length > 14) return undefined
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail]
}

/** `1:2:f` and `1:2:192.0.2.1` to bytes. */
function parseGroups(text: string): number[] | undefined {
  const groups = text.split(':')
  const bytes: number[] = []
  for (const [i, group] of groups.entries()) {
    const part = i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : parseGroup(group)
    if (part === undefined) return undefined
    bytes.push(...part)
  }
  return bytes
}

function parseGroup(group: string): number[] | undefined {
  if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 255]
}
