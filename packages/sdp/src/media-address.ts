/** Tells what kind of address an SDP names, so that nobody is made to send where he should not. RFC 8866 §5.7, RFC 6890 §2.2. */

/**
 * `reserved`: nothing may be sent there (0.0.0.0/8 but 0.0.0.0, 240.0.0.0/4, broadcast). `name`: a host name, which only a resolver
 * can judge. `malformed`: neither an address nor a name.
 */
export type AddressKind = 'unspecified' | 'loopback' | 'link-local' | 'multicast' | 'reserved' | 'private' | 'public' | 'name' | 'malformed'

/** The kind of an IPv4 or IPv6 address as text, without brackets. An IPv4 address inside an IPv6 one is judged as itself. */
export function addressKind(address: string): AddressKind {
  if (address.length > 255) return 'malformed'
  if (address.includes(':')) return kindOf6(address)
  const octets = readIp4(address)
  if (octets) return kindOf4(octets)
  return NAME.test(address) && TOP_LABEL.test(address) ? 'name' : 'malformed'
}

/** The four octets of an IPv4 address in decimal; `undefined` where it is none. Leading zeros, which some read as octal, are refused. */
export function readIp4(text: string): readonly number[] | undefined {
  const octets = IP4.exec(text)?.slice(1).map(Number)
  return octets?.every(octet => octet < 256) ? octets : undefined
}

/** The eight groups of an IPv6 address; `undefined` where it is none. RFC 4291 §2.2. */
export function readIp6(text: string): readonly number[] | undefined {
  const dotted = text.lastIndexOf(':') + 1
  const octets = text.includes('.') ? readIp4(text.slice(dotted)) : undefined
  if (text.includes('.') && !octets) return undefined
  const last = octets ? `${hex(octets[0]!, octets[1]!)}:${hex(octets[2]!, octets[3]!)}` : text.slice(dotted)
  const halves = (text.slice(0, dotted) + last).split('::')
  if (halves.length > 2) return undefined
  const [before, after] = halves.map(half => (half === '' ? [] : half.split(':')))
  const missing = 8 - before!.length - (after?.length ?? 0)
  if (after ? missing < 1 : missing !== 0) return undefined
  const groups = [...before!, ...new Array<string>(after ? missing : 0).fill('0'), ...(after ?? [])]
  return groups.every(group => GROUP.test(group)) ? groups.map(group => Number.parseInt(group, 16)) : undefined
}

function hex(high: number, low: number): string {
  return (high * 256 + low).toString(16)
}

function kindOf4([a, b, c, d]: readonly number[]): AddressKind {
  if (a === 0) return b === 0 && c === 0 && d === 0 ? 'unspecified' : 'reserved'
  if (a === 127) return 'loopback'
  if (a === 169 && b === 254) return 'link-local'
  if (a! >= 240) return 'reserved'
  if (a! >= 224) return 'multicast'
  const inside = a === 10 || (a === 172 && b! >= 16 && b! < 32) || (a === 192 && b === 168) || (a === 100 && b! >= 64 && b! < 128)
  return inside ? 'private' : 'public'
}

function kindOf6(address: string): AddressKind {
  const groups = readIp6(address)
  if (!groups) return 'malformed'
  const [first] = groups
  const high = groups.slice(0, 6)
  const inner = [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255]
  if (high.every(group => group === 0)) {
    if (groups[6] === 0 && groups[7]! <= 1) return groups[7] === 0 ? 'unspecified' : 'loopback'
    return kindOf4(inner)
  }
  const mapped = high.slice(0, 5).every(group => group === 0) && high[5] === 0xffff
  const translated = first === 0x64 && high[1] === 0xff9b && high.slice(2).every(group => group === 0)
  if (mapped || translated) return kindOf4(inner)
  if (first! >= 0xff00) return 'multicast'
  if ((first! & 0xffc0) === 0xfe80) return 'link-local'
  return (first! & 0xfe00) === 0xfc00 ? 'private' : 'public'
}

const IP4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
const GROUP = /^[0-9a-f]{1,4}$/i
const NAME = /^[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?\.?$/i
/** RFC 3261 §25.1, `toplabel`: what ends otherwise is a number that some readers take for an address. */
const TOP_LABEL = /(?:^|\.)[a-z][0-9a-z-]*\.?$/i
