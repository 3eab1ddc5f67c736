/** Telephone numbers in URIs, and the way between `tel:` and `sip:`. RFC 3966 §3, §5; RFC 3261 §19.1.6. */
import { consistsOf, HOST, PARAM } from './characters.ts'
import type { Uri } from './uri.ts'

/** A telephone number, of a `tel:` URI or of a SIP URI with `user=phone`. RFC 3966 §3. */
export interface Tel {
  /** Digits without visual separators: `+49301234` when global, else hex digits (lower-cased), `*` and `#`. */
  readonly number: string
  /** Where a local number is valid: a domain, lower-cased, or `+` and digits (RFC 3966 §5.1.5). Absent when global. */
  readonly context?: string
  /** Digits to dial behind a switchboard (RFC 3966 §5.3). */
  readonly extension?: string
  /** ISDN subaddress (RFC 3966 §5.2). */
  readonly subaddress?: string
  /** The others; names lower-cased, `''` for a flag. */
  readonly params?: ReadonlyMap<string, string>
}

/**
 * The number that a `tel:` URI or a SIP URI with `user=phone` holds; `undefined` when it holds none.
 * A local number must say where it is valid; `context` is taken for one that does not, as in `tel:911` (RFC 3966 §5.1.5).
 */
export function telOf(uri: Uri, context?: string): Tel | undefined {
  const subscriber = subscriberOf(uri)
  if (subscriber === undefined || !isTelNumber(subscriber.number)) return undefined
  const others = new Map(subscriber.params)
  const take = (name: string): string | undefined => {
    const value = others.get(name)
    others.delete(name)
    return value
  }
  const [subaddress, extension, given] = [take('isub'), take('ext'), take('phone-context')]
  const number = withoutSeparators(subscriber.number)
  const place = number.startsWith('+') ? '' : contextOf(given ?? context ?? '')
  if (place === undefined || subaddress === '' || (extension !== undefined && !EXTENSION.test(extension))) return undefined
  return {
    number,
    ...(place === '' ? {} : { context: place }),
    ...(extension === undefined ? {} : { extension: withoutSeparators(extension) }),
    ...(subaddress === undefined ? {} : { subaddress }),
    ...(others.size === 0 ? {} : { params: others }),
  }
}

/** The `tel:` URI of a number, its parameters in the order of RFC 3966 §3. */
export function telUri(tel: Tel): Uri {
  const params = new Map(tel.params)
  if (tel.subaddress !== undefined) params.set('isub', tel.subaddress)
  if (tel.extension !== undefined) params.set('ext', tel.extension)
  if (tel.context !== undefined) params.set('phone-context', tel.context)
  return { scheme: 'tel', user: tel.number, host: '', params: new Map(inOrder(params)), headers: NOTHING }
}

/**
 * `tel:` to `sip:` at `host`: number and parameters become the user part, case folded and in order, so that equal numbers make equal URIs
 * (RFC 3261 §19.1.6). Visual separators stay. `undefined` when `uri` is no `tel:` or has a parameter that a user part cannot carry.
 */
export function telAsSip(uri: Uri, host: string, port?: number): Uri | undefined {
  if (uri.scheme !== 'tel' || uri.user === undefined) return undefined
  let user = uri.user.toLowerCase()
  for (const [name, value] of inOrder(uri.params)) {
    if (!consistsOf(name, PARAM) || (value !== '' && !consistsOf(value, PARAM))) return undefined
    user += value === '' ? `;${name}` : `;${name}=${value.toLowerCase()}`
  }
  const params = new Map([['user', 'phone']])
  const sip: Uri = { scheme: 'sip', user, host: host.toLowerCase(), params, headers: NOTHING }
  return port === undefined ? sip : { ...sip, port }
}

/** As it is compared and dialled: no `-`, `.`, `(`, `)`; letters folded (RFC 3966 §4). */
export function withoutSeparators(number: string): string {
  return number.replace(/[-.()]/g, '').toLowerCase()
}

/** `+` and digits, or hex digits, `*` and `#`; at least one, visual separators anywhere (RFC 3966 §3). */
export function isTelNumber(text: string): boolean {
  return text.startsWith('+') ? /^\+[-.()]*\d[-.()\d]*$/.test(text) : /^[-.()]*[0-9a-fA-F*#][-.()0-9a-fA-F*#]*$/.test(text)
}

interface Subscriber {
  readonly number: string
  readonly params: ReadonlyMap<string, string>
}

function subscriberOf({ scheme, user, params }: Uri): Subscriber | undefined {
  if (user === undefined) return undefined
  if (scheme === 'tel') return { number: user, params }
  if ((scheme !== 'sip' && scheme !== 'sips') || params.get('user')?.toLowerCase() !== 'phone') return undefined
  const [number, ...rest] = user.split(';')
  const inside = new Map<string, string>()
  for (const pair of rest) {
    const equals = pair.indexOf('=')
    const name = (equals < 0 ? pair : pair.slice(0, equals)).toLowerCase()
    if (name === '' || inside.has(name)) return undefined
    inside.set(name, equals < 0 ? '' : pair.slice(equals + 1))
  }
  return { number: number!, params: inside }
}

/** A domain or a global prefix; `undefined` when it is neither. */
function contextOf(text: string): string | undefined {
  if (text.startsWith('+')) return isTelNumber(text) ? withoutSeparators(text) : undefined
  return consistsOf(text, HOST) ? text.toLowerCase() : undefined
}

/** isub, ext, postd, phone-context, then the others by name (RFC 3966 §3, RFC 3261 §19.1.6). */
function inOrder(params: ReadonlyMap<string, string>): [string, string][] {
  const place = (name: string): number => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1)
  return [...params].sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
}

const ORDER = ['isub', 'ext', 'postd', 'phone-context']
const EXTENSION = /^[-.()]*\d[-.()\d]*$/
const NOTHING: ReadonlyMap<string, string> = new Map()
