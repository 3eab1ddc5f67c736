/** What a REGISTER does to the bindings of its address of record. RFC 3261 §10.3 steps 6 to 8. */
import {
  CallId,
  Contact,
  CSeq,
  Expires,
  formatUri,
  type NameAddr,
  Path,
  parseUri,
  Require,
  type SipRequest,
  Supported,
  sameUri,
  UserAgent,
  Via,
} from '@strowger/sip-parser'
import type { Binding } from './binding.ts'

/** What a registrar grants. RFC 3261 §10.3 step 7. */
export interface RegistrarLimits {
  /** Seconds; who asks for less gets 423. */
  readonly minExpires: number
  /** Seconds for who does not say. */
  readonly defaultExpires: number
  /** Seconds; who asks for more gets these. */
  readonly maxExpires: number
  /** Of one address of record. */
  readonly maxContacts: number
}

/** Unless told otherwise. */
export const DEFAULT_LIMITS: RegistrarLimits = { minExpires: 60, defaultExpires: 3600, maxExpires: 7200, maxContacts: 10 }

/** What to answer: status, reason where it is not the usual one, header fields. RFC 3261 §10.3. */
export interface RegisterReply {
  /** 200, 400, 403, 421, 423 or 500. */
  readonly status: number
  /** Instead of the registered phrase. */
  readonly reason?: string
  /** In the order to be written. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** What a REGISTER comes to. RFC 3261 §10.3. */
export interface Registered {
  /** The answer. */
  readonly reply: RegisterReply
  /** The bindings afterwards; the same array when nothing changed. */
  readonly bindings: readonly Binding[]
}

/** One Contact of the request with the time it asks for. */
interface Wish {
  readonly contact: string
  readonly q: number
  readonly expires: number
  readonly instance: string | undefined
  readonly regId: number | undefined
}

/** Header fields of a 200, in the order to be written. */
type Lines = readonly (readonly [name: string, value: string])[]

/** What a phone is told whose flow is kept, by the edge with this Path value: Flow-Timer, Service-Route. RFC 5626 §5.4, RFC 3608 §6.3. */
export type OutboundLines = (edge: string | undefined) => Lines

/**
 * RFC 3261 §10.3 steps 6 to 8, as a function. `bindings` are those alive at `wall` (milliseconds since 1970); `edge` is our own Path value for
 * this phone, if there is an edge.
 */
export function register(
  request: SipRequest,
  aor: string,
  bindings: readonly Binding[],
  edge: string | undefined,
  limits: RegistrarLimits,
  wall: number,
  outboundLines?: OutboundLines,
): Registered {
  const { headers } = request
  const read = headers.readAll(Contact)
  const cseq = headers.get(CSeq)
  const callId = headers.get(CallId)
  if (cseq === undefined || callId === undefined) return { reply: { status: 400 }, bindings }
  if (read.kind === 'malformed') return { reply: { status: 400, reason: 'Bad Contact' }, bindings }
  const contacts = read.kind === 'absent' ? [] : read.value
  const foreign = foreignPath(request)
  if (foreign === undefined) return { reply: { status: 421, headers: [['Require', 'path']] }, bindings }
  if (contacts.length === 0) return done(bindings, foreign, wall)
  if (contacts.includes('*')) return removeAll(request, bindings, contacts.length, callId, cseq.sequence, wall)
  const wishes = wishesOf(contacts, headers.get(Expires) ?? limits.defaultExpires, limits)
  if (wishes === undefined) return { reply: { status: 400, reason: 'Bad Contact' }, bindings }
  const outbound = outboundOf(request, wishes)
  if (outbound === 'lacking') return { reply: LACKS_OUTBOUND, bindings }
  const refusal = refusalOf(wishes, limits)
  if (refusal) return { reply: refusal, bindings }
  const from = { aor, callId, cseq: cseq.sequence, path: behind(edge, foreign), userAgent: headers.get(UserAgent) }
  let after = bindings
  for (const wish of wishes) {
    const updated = applyWish(after, bindingOf(wish, from, wall), wish.expires)
    if (updated === 'out of order') return { reply: { status: 500, reason: 'CSeq Out Of Order' }, bindings }
    after = updated
  }
  // Who has too many already, because the limit was higher, may still refresh and remove them.
  return after.length > Math.max(limits.maxContacts, bindings.length)
    ? { reply: TOO_MANY, bindings }
    : done(after, foreign, wall, linesOf(outbound, outboundLines, edge))
}

function linesOf(outbound: 'used' | 'none', lines: OutboundLines | undefined, edge: string | undefined): Lines | undefined {
  if (outbound === 'none') return undefined
  return lines === undefined ? [REQUIRE_OUTBOUND] : [REQUIRE_OUTBOUND, ...lines(edge)]
}

/** What all bindings of one REGISTER share. */
type From = Pick<Binding, 'aor' | 'callId' | 'cseq' | 'path'> & { readonly userAgent: string | undefined }

/** Field by field: this runs for every REGISTER, and spreading objects would be the dearest of it. */
function bindingOf({ contact, q, expires, instance, regId }: Wish, { aor, callId, cseq, path, userAgent }: From, wall: number): Binding {
  const made: { -readonly [K in keyof Binding]: Binding[K] } = { aor, contact, path, q, expiresAt: wall + expires * 1000, callId, cseq }
  if (instance !== undefined) made.instance = instance
  if (regId !== undefined) made.regId = regId
  if (userAgent) made.userAgent = userAgent
  return made
}

function behind(edge: string | undefined, foreign: readonly string[]): readonly string[] {
  return edge === undefined ? foreign : [edge, ...foreign]
}

/** RFC 3261 §10.3 step 7: too brief is 423; more than there may be is not looked at. */
function refusalOf(wishes: readonly Wish[], limits: RegistrarLimits): RegisterReply | undefined {
  let lasting = 0
  let brief = false
  for (const { expires } of wishes) {
    if (expires > 0) lasting++
    if (expires > 0 && expires < limits.minExpires) brief = true
  }
  if (lasting > limits.maxContacts) return TOO_MANY
  return brief ? { status: 423, headers: [['Min-Expires', String(limits.minExpires)]] } : undefined
}

const NO_PATH: readonly string[] = []
const REQUIRE_OUTBOUND = ['Require', 'outbound'] as const
const LACKS_OUTBOUND: RegisterReply = { status: 439, reason: 'First Hop Lacks Outbound Support' }
const TOO_MANY: RegisterReply = { status: 403, reason: 'Too Many Contacts' }

/** RFC 3261 §10.3 step 6: `*` stands alone, with Expires 0, and removes what is older than it. */
function removeAll(
  request: SipRequest,
  bindings: readonly Binding[],
  count: number,
  callId: string,
  sequence: number,
  wall: number,
): Registered {
  if (count !== 1 || request.headers.get(Expires) !== 0) return { reply: { status: 400, reason: 'Wildcard Needs Expires 0' }, bindings }
  if (bindings.some(b => b.callId === callId && b.cseq > sequence)) return { reply: { status: 500, reason: 'CSeq Out Of Order' }, bindings }
  return done([], [], wall)
}

/** RFC 3261 §10.3 step 7. A repeated request (same CSeq) changes nothing twice. */
function applyWish(bindings: readonly Binding[], made: Binding, expires: number): readonly Binding[] | 'out of order' {
  const known = bindings.find(b => isSame(b, made))
  if (known !== undefined && known.callId === made.callId && made.cseq < known.cseq) return 'out of order'
  const others = bindings.filter(b => b !== known)
  return expires === 0 ? others : [...others, made]
}

/** The same instance and reg-id (RFC 5626 §6), else the same URI (RFC 3261 §19.1.4). */
function isSame(a: Binding, b: Binding): boolean {
  if (a.instance !== undefined && a.regId !== undefined && b.regId !== undefined) return a.instance === b.instance && a.regId === b.regId
  if (a.contact === b.contact) return true
  const [x, y] = [parseUri(a.contact), parseUri(b.contact)]
  return x !== undefined && y !== undefined && sameUri(x, y)
}

/** `undefined` where one could not be called. `general`: seconds for who asks for none. */
function wishesOf(contacts: readonly (NameAddr | '*')[], general: number, limits: RegistrarLimits): readonly Wish[] | undefined {
  const wishes: Wish[] = []
  for (const contact of contacts) {
    if (contact === '*' || !REACHABLE.has(contact.uri.scheme)) return undefined
    const { uri, params } = contact
    wishes.push({
      contact: formatUri(uri),
      q: quality(params.get('q')),
      expires: Math.min(seconds(params.get('expires')) ?? general, limits.maxExpires),
      instance: params.get('+sip.instance') || undefined,
      regId: decimal(params.get('reg-id')),
    })
  }
  return wishes
}

/** Not `sips`: there is no TLS here, and it must not become less (RFC 5630 §3). */
const REACHABLE: ReadonlySet<string> = new Set(['sip'])

/** RFC 3261 §25.1 delta-seconds of any length; what is none counts as not given (RFC 3261 §10.2.1.1). */
function seconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : digits(text)
}

function decimal(text: string | undefined): number | undefined {
  return text === undefined || text.length > 10 ? undefined : digits(text)
}

/** A number of digits only. By hand: this is done for every REGISTER, and an expression costs as much as all the rest of a Contact. */
function digits(text: string): number | undefined {
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return text.length > 0 ? value : undefined
}

function quality(text: string | undefined): number {
  return text !== undefined && QVALUE.test(text) ? Number(text) : 1
}

/** RFC 3261 §25.1. */
const QVALUE = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/

/** `undefined` for a phone that does not know Path: it would not know which way its calls come. RFC 3327 §5.3. */
function foreignPath({ headers }: SipRequest): readonly string[] | undefined {
  if (!headers.has(Path)) return NO_PATH
  const known = [...headers.all(Supported), ...headers.all(Require)].some(option => option.toLowerCase() === 'path')
  const values = headers.all(Path).map(({ uri }) => `<${formatUri(uri)}>`)
  return values.length === 0 || known ? values : undefined
}

/**
 * Whether the flow of the phone is what it is reached by: where it wants that, and came to us itself or by an edge that says it keeps flows (`ob`).
 * RFC 5626 §6.
 */
function outboundOf({ headers }: SipRequest, wishes: readonly Wish[]): 'used' | 'lacking' | 'none' {
  if (!wishes.some(({ instance, regId }) => instance !== undefined && regId !== undefined)) return 'none'
  if (!headers.all(Supported).some(option => option.toLowerCase() === 'outbound')) return 'none'
  const isDirect = headers.all(Via).length === 1
  return isDirect || headers.all(Path).at(-1)?.uri.params.has('ob') === true ? 'used' : 'lacking'
}

/** RFC 3261 §10.3 step 8: the 200 lists every binding with the time it has left. The Path comes back as it came (RFC 3327 §5.3). */
function done(bindings: readonly Binding[], foreign: readonly string[], wall: number, outbound?: Lines): Registered {
  const headers: (readonly [string, string])[] = []
  for (const binding of bindings) headers.push(['Contact', contactValue(binding, wall)])
  if (foreign.length > 0) headers.push(['Path', foreign.join(', ')], ['Supported', 'path'])
  if (outbound !== undefined) headers.push(...outbound)
  return { reply: { status: 200, headers }, bindings }
}

function contactValue(binding: Binding, wall: number): string {
  const left = Math.max(0, Math.ceil((binding.expiresAt - wall) / 1000))
  const instance = binding.instance !== undefined ? `;+sip.instance="${binding.instance.replaceAll(/["\\]/g, '')}"` : ''
  const q = binding.q ?? 1
  const regId = binding.regId !== undefined ? `;reg-id=${binding.regId}` : ''
  return `<${binding.contact}>;expires=${left}${q < 1 ? `;q=${q}` : ''}${instance}${regId}`
}
