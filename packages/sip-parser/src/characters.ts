/** Character classes of the SIP grammar, as bits of one 256-entry table. RFC 3261 §25.1. */

/** token: names of methods, parameters, header fields. */
export const TOKEN = 1
/** hostname and IPv4address; the underscore is not in the grammar but is in use. */
export const HOST = 2
/** unreserved / user-unreserved. */
export const USER = 4
/** unreserved / param-unreserved, of URI parameters. */
export const PARAM = 8
/** unreserved / hnv-unreserved, of headers in a URI. */
export const URI_HEADER = 16
/** Inside `[ ]`: hex digits, colon, dot. */
export const IPV6 = 32
/** A to Z. */
export const UPPER = 64
/** LWS once a message is indexed: SP, HTAB and the bytes of a fold. */
export const SPACE = 128

export const CLASS: Uint8Array = tabulate()

/** 1 for what phones put behind `=` of a header parameter: wider than token / host, short of white space, separators of fields, and quotes. */
export const VALUE: Uint8Array = new Uint8Array(256)
for (let byte = 0x21; byte < 0x7f; byte++) if (!'",;<>\\'.includes(String.fromCharCode(byte))) VALUE[byte] = 1

/** Whether every character of `text` is of `mask`, and there is one. */
export function consistsOf(text: string, mask: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127 || (CLASS[code]! & mask) === 0) return false
  }
  return text.length > 0
}

export function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 48 && byte <= 57) return byte - 48
  const folded = byte | 32
  return folded >= 97 && folded <= 102 ? folded - 87 : -1
}

function tabulate(): Uint8Array {
  const table = new Uint8Array(256)
  const mark = (characters: string, bits: number): void => {
    for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)]! |= bits
  }
  const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
  mark(`${upper}${upper.toLowerCase()}0123456789`, TOKEN | HOST | USER | PARAM | URI_HEADER)
  mark(upper, UPPER)
  mark("-.!%*_+`'~", TOKEN)
  mark('-._', HOST)
  mark("-_.!~*'()", USER | PARAM | URI_HEADER)
  mark('&=+$,;?/', USER)
  mark('[]/:&+$', PARAM)
  mark('[]/?:+$', URI_HEADER)
  mark('0123456789abcdefABCDEF:.', IPV6)
  mark(' \t\r\n', SPACE)
  return table
}
