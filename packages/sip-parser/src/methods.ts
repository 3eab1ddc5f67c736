/** The methods we know, one string each, so that comparing them is comparing addresses. RFC 3261 §7.1. */

/** The token from `start` to `end` as text; `text` has each byte as one character. */
export function methodAt(bytes: Uint8Array, text: string, start: number, end: number): string {
  for (let k = 0; k < METHODS.length; k++) {
    const method = METHODS[k]!
    if (method.length !== end - start || method[0] !== bytes[start]) continue
    let i = 1
    while (i < method.length && method[i] === bytes[start + i]) i++
    if (i === method.length) return NAMES[k]!
  }
  return text.substring(start, end)
}

const NAMES: readonly string[] = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'REGISTER',
  'OPTIONS',
  'PRACK',
  'UPDATE',
  'INFO',
  'REFER',
  'SUBSCRIBE',
  'NOTIFY',
  'MESSAGE',
  'PUBLISH',
]
const METHODS: readonly Uint8Array[] = NAMES.map(name => Uint8Array.from(name, character => character.charCodeAt(0)))
