/** The methods we know, one string each, so that comparing them is comparing addresses. RFC 3261 §7.1. */

/** The method from `start` to `end`; `undefined` when we do not know it. */
export function methodAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  for (let k = 0; k < METHODS.length; k++) {
    const method = METHODS[k]!
    if (method.length !== end - start || method[0] !== bytes[start]) continue
    let i = 1
    while (i < method.length && method[i] === bytes[start + i]) i++
    if (i === method.length) return NAMES[k]!
  }
  return undefined
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
