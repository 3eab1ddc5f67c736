/** Reads IPv6 addresses, and tells when two hosts are the same one. RFC 4291 §2.2, RFC 5954 §4. */
import { hexValue } from './characters.ts'

/** Whether {@link ipv6Groups} would give groups, at a tenth of the cost for an address without dots. */
export function isIpv6(address: string): boolean {
  const { length } = address
  if (length > LONGEST || address.includes('.')) return ipv6Groups(address) !== undefined
  const gap = address.indexOf('::')
  if (gap < 0) return countGroups(address, 0, length) === GROUPS
  const head = countGroups(address, 0, gap)
  const tail = countGroups(address, gap + 2, length)
  return head >= 0 && tail >= 0 && head + tail < GROUPS
}

/**
 * The eight 16-bit groups of an address without brackets; `undefined` when it is none.
 * A zone (`fe80::1%eth0`) is refused: it means nothing on another host (RFC 6874 §4).
 * A third colon before an IPv4 address, which the grammar of RFC 3261 asked for by mistake, is read as two (RFC 5118 §4.10).
 */
export function ipv6Groups(address: string): readonly number[] | undefined {
  if (address.length > LONGEST) return undefined
  const text = address.replace(COLON_TOO_MANY, '::')
  const gap = text.indexOf('::')
  if (gap < 0) {
    const groups = groupsOf(text, true)
    return groups?.length === GROUPS ? groups : undefined
  }
  if (text.includes('::', gap + 1)) return undefined
  const head = groupsOf(text.slice(0, gap), false)
  const tail = groupsOf(text.slice(gap + 2), true)
  if (head === undefined || tail === undefined || head.length + tail.length >= GROUPS) return undefined
  return [...head, ...new Array<number>(GROUPS - head.length - tail.length).fill(0), ...tail]
}

/** Names in any case; IPv6 addresses by their bits, not their spelling (RFC 5954 §4.2). */
export function sameHost(a: string, b: string): boolean {
  if (a.toLowerCase() === b.toLowerCase()) return true
  if (!a.includes(':') || !b.includes(':')) return false
  const left = ipv6Groups(a)
  const right = ipv6Groups(b)
  return left !== undefined && right !== undefined && left.every((group, i) => group === right[i])
}

/** How many groups there are from `start` to `end`; -1 when something else is. */
function countGroups(address: string, start: number, end: number): number {
  let groups = start < end ? 1 : 0
  let digits = 0
  for (let i = start; i < end; i++) {
    const code = address.charCodeAt(i)
    if (code === COLON && digits > 0) {
      groups++
      digits = 0
    } else if (hexValue(code) < 0 || ++digits > 4) return -1
  }
  return groups > 0 && digits === 0 ? -1 : groups
}

/** Groups between colons; an IPv4 address may be the last (RFC 4291 §2.2.3). */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const pieces = text.split(':')
  for (const [i, piece] of pieces.entries()) {
    if (HEXADECIMAL.test(piece)) groups.push(Number.parseInt(piece, 16))
    else {
      const octets = last && i === pieces.length - 1 ? ipv4Octets(piece) : undefined
      if (octets === undefined) return undefined
      groups.push(octets[0]! * 256 + octets[1]!, octets[2]! * 256 + octets[3]!)
    }
  }
  return groups
}

function ipv4Octets(text: string): number[] | undefined {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every(octet => OCTET.test(octet) && Number(octet) < 256)) return undefined
  return octets.map(Number)
}

const COLON = 58
const GROUPS = 8
/** `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`, and a colon too many. */
const LONGEST = 46
const COLON_TOO_MANY = /:::(?=\d+\.)/
const HEXADECIMAL = /^[0-9a-fA-F]{1,4}$/
const OCTET = /^\d{1,3}$/
