/** Reads and writes the values of the lines o=, c=, m= and a=rtcp. RFC 8866 §5.2, §5.7, §5.14, RFC 3605 §2.1. */

/** Who made the session, and which version of it this is. RFC 8866 §5.2. */
export interface Origin {
  /** `-` where the maker has none. */
  readonly username: string
  /** Digits; text, because 64 bits do not fit a number. */
  readonly sessionId: string
  /** Digits; text, because 64 bits do not fit a number. */
  readonly sessionVersion: string
  /** `IN`, the Internet, from all who keep to RFC 8866 §5.2. */
  readonly networkType: string
  /** `IP4` or `IP6`; other words are kept as they came. */
  readonly addressType: string
  /** Of the machine that made the session. It names the session; media never goes there. */
  readonly address: string
}

/** Where media is to be sent. RFC 8866 §5.7. */
export interface Connection {
  /** `IN`, the Internet, from all who keep to RFC 8866 §5.7. */
  readonly networkType: string
  /** `IP4` or `IP6`; other words are kept as they came. */
  readonly addressType: string
  /** Without what may follow a slash. */
  readonly address: string
  /** What follows the address of a multicast group: `/127` or `/127/3`; empty elsewhere. */
  readonly suffix: string
}

/** The fields of an m= line. RFC 8866 §5.14. */
export interface MediaLine {
  /** `audio`, `video`, `image`, ... */
  readonly kind: string
  /** 0 where the stream is refused or ended (RFC 3264 §6, §8.2). */
  readonly port: number
  /** The number after the port, as in `49170/2`; 1 where there is none. */
  readonly portCount: number
  /** `RTP/AVP`, `UDP/TLS/RTP/SAVPF`, `udptl`, ... as written. */
  readonly protocol: string
  /** Payload types for RTP, as written. */
  readonly formats: readonly string[]
}

/** Where RTCP is to be sent when it is not the next port. RFC 3605 §2.1. */
export interface Rtcp {
  /** 0 to 65535. */
  readonly port: number
  /** Missing where RTCP goes to the address of the stream. */
  readonly address?: string
}

/** The value of an o= line. A username with spaces, which some phones send, is kept whole. */
export function readOrigin(value: string): Origin | undefined {
  const text = value.trimEnd()
  const parts = wordsOf(text, 6) ?? text.split(' ')
  const [sessionId, sessionVersion, networkType, addressType, address] = parts.slice(-5)
  if (parts.length < 6 || parts.slice(-5).includes('')) return undefined
  return {
    username: parts.slice(0, -5).join(' '),
    sessionId: sessionId!,
    sessionVersion: sessionVersion!,
    networkType: networkType!,
    addressType: addressType!,
    address: address!,
  }
}

/** The value of an o= line made of `origin`. */
export function writeOrigin(origin: Origin): string {
  const { username, sessionId, sessionVersion, networkType, addressType, address } = origin
  return `${username} ${sessionId} ${sessionVersion} ${networkType} ${addressType} ${address}`
}

/** The value of a c= line. */
export function readConnection(value: string): Connection | undefined {
  const text = value.trimEnd()
  const [networkType, addressType, target, ...rest] = wordsOf(text, 3) ?? text.split(/ +/)
  if (!networkType || !addressType || !target || rest.length > 0) return undefined
  const slash = target.indexOf('/')
  const address = slash < 0 ? target : target.slice(0, slash)
  return address === '' ? undefined : { networkType, addressType, address, suffix: slash < 0 ? '' : target.slice(slash) }
}

/** The value of an m= line. */
export function readMediaLine(value: string): MediaLine | undefined {
  const text = value.trimEnd()
  const [kind, ports = '', protocol, ...formats] = text.includes('  ') ? text.split(/ +/) : text.split(' ')
  const numbers = PORTS.exec(ports)
  const port = Number(numbers?.[1])
  if (!kind || !protocol || !numbers || port > MAX_PORT) return undefined
  return { kind, port, portCount: Number(numbers[2] ?? 1), protocol, formats }
}

/** The words of a text that has so many, one space between each; nothing where it is any other. Several times faster than `split`. */
function wordsOf(text: string, count: number): string[] | undefined {
  const words: string[] = []
  let from = 0
  for (let space = text.indexOf(' '); space >= 0; space = text.indexOf(' ', from)) {
    if (space === from || words.length === count) return undefined
    words.push(text.slice(from, space))
    from = space + 1
  }
  if (words.length !== count - 1 || from === text.length) return undefined
  words.push(text.slice(from))
  return words
}

/** What follows `rtcp:` in an a= line. */
export function readRtcp(value: string): Rtcp | undefined {
  const [digits = '', , , address] = value.trimEnd().split(/ +/)
  if (!/^\d{1,5}$/.test(digits) || Number(digits) > MAX_PORT) return undefined
  return address ? { port: Number(digits), address } : { port: Number(digits) }
}

/** `IP4` or `IP6`. */
export function addressTypeOf(address: string): 'IP4' | 'IP6' {
  return address.includes(':') ? 'IP6' : 'IP4'
}

/** Guards what is written into a line: the caller's mistake is a TypeError, never a second line in the SDP. */
export function checkedAddress(address: string): string {
  if (!ADDRESS.test(address)) throw new TypeError(`"${address}" is not an IP address or a host name`)
  return address
}

/** Guards a port number that is written into a line. */
export function checkedPort(port: number): number {
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) throw new TypeError(`A port is 0 to 65535, not ${port}`)
  return port
}

const MAX_PORT = 65_535
const PORTS = /^(\d{1,5})(?:\/([1-9]\d{0,4}))?$/
const ADDRESS = /^[0-9A-Za-z.:-]{1,255}$/
