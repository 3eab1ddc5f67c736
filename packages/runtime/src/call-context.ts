/**
 * The header that carries a call's context between our daemons, signed: a source address alone proves nothing.
 *
 * `Strowger-Context: KEY.TIME.FIELDS.MAC`: the key's id, seconds since 1970 in base 36, seven fields between `~`, and 128 bits of HMAC-SHA-256 over
 * all of it and over method, Call-ID, From tag and Request-URI of the request that carries it. Every edge drops it from outside parties.
 */
import { type Keys, mac, sameMac } from './secret.ts'

/** Name of the header field. Everything that starts with `Strowger-` is dropped from outside parties. */
export const CONTEXT_HEADER = 'Strowger-Context'

export interface Context {
  /** The call's one id, 26 characters. */
  readonly call: string
  /** Row ids of the tenant. */
  readonly brand: number
  readonly client: number
  /** Row id of the user who calls, when one does. */
  readonly user?: number
  /** Extension or +E.164 of who calls, as shown to the other side. Cut to 40 bytes of UTF-8. */
  readonly caller?: string
  /** Who the sender has in front of it. */
  readonly from: 'phone' | 'appserver' | 'carrier'
  /** Name of the relay chosen first. Cut to 24 bytes. */
  readonly media?: string
}

/** What the signature ties the context to. */
export interface ContextBinding {
  readonly method: string
  readonly callId: string
  /** Empty when the request has none. */
  readonly fromTag: string
  /** Request-URI as written. */
  readonly uri: string
}

/** Value of the header; with its name and line end below 250 bytes. @param now UTC milliseconds. @throws {TypeError} on an id that is not one of ours. */
export function signContext(context: Context, binding: ContextBinding, keys: Keys, now: number): string {
  const { signing } = keys
  const time = Math.floor(now / 1000).toString(36)
  const fields = writeFields(context)
  return `${signing.id}.${time}.${fields}.${mac(signing, PURPOSE, covered(time, fields, binding))}`
}

/** The context, or undefined when it is malformed, too old (60 s), from the future (5 s), signed by an unknown key, or of another request. */
export function verifyContext(header: string, binding: ContextBinding, keys: Keys, now: number): Context | undefined {
  const [id, time, fields, signature, ...more] = header.trim().split('.')
  if (time === undefined || fields === undefined || signature === undefined || more.length > 0) return undefined
  const key = keys.accepted.find(candidate => candidate.id === id)
  if (key === undefined || !sameMac(mac(key, PURPOSE, covered(time, fields, binding)), signature)) return undefined
  const age = now - Number.parseInt(time, 36) * 1000
  return age > MAX_AGE || age < -MAX_AHEAD ? undefined : readFields(fields)
}

/** The call's id as the header says it, unproven: to show a message, never to decide anything. */
export function claimedCall(header: string): string | undefined {
  return /^[^.]*\.[^.]*\.([\w-]{1,32})~/.exec(header.trim())?.[1]
}

const PURPOSE = 'strowger context 1'
const MAX_AGE = 60_000
const MAX_AHEAD = 5_000
const LETTERS = { phone: 'p', appserver: 'a', carrier: 'c' } as const

function covered(time: string, fields: string, { method, callId, fromTag, uri }: ContextBinding): readonly string[] {
  return [time, fields, method, callId, fromTag, uri]
}

function writeFields({ call, brand, client, user, caller, from, media }: Context): string {
  if (!/^[\w-]{1,32}$/.test(call)) throw new TypeError(`a call id is 1 to 32 letters and digits; got ${JSON.stringify(call)}`)
  const numbers = [brand, client, user].map(row => (row === undefined ? '' : rowText(row)))
  return [call, ...numbers, encode(caller, 40), LETTERS[from], encode(media, 24)].join('~')
}

function rowText(row: number): string {
  if (!Number.isSafeInteger(row) || row < 0) throw new TypeError(`a row id is a whole number; got ${row}`)
  return row.toString(36)
}

function readFields(text: string): Context | undefined {
  const [call, brand, client, user, caller, letter, media] = text.split('~')
  const from = letter === 'p' ? 'phone' : letter === 'a' ? 'appserver' : letter === 'c' ? 'carrier' : undefined
  if (!call || !brand || !client || from === undefined) return undefined
  return {
    call,
    brand: Number.parseInt(brand, 36),
    client: Number.parseInt(client, 36),
    ...(user ? { user: Number.parseInt(user, 36) } : {}),
    ...(caller ? { caller: decode(caller) } : {}),
    from,
    ...(media ? { media: decode(media) } : {}),
  }
}

/** Base64url, because a caller's name may hold anything. */
function encode(text: string | undefined, most: number): string {
  if (text === undefined) return ''
  let cut = Buffer.from(text).subarray(0, most).toString()
  while (Buffer.byteLength(cut) > most || cut.endsWith('\uFFFD')) cut = cut.slice(0, -1)
  return Buffer.from(cut).toString('base64url')
}

function decode(encoded: string): string {
  return Buffer.from(encoded, 'base64url').toString()
}
