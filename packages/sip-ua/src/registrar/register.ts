/** What a REGISTER does to the bindings of its address of record. RFC 3261 §10.3 steps 6 to 8. */
import {
  CallId,
  Contact,
  CSeq,
  Expires,
  formatUri,
  Path,
  parseUri,
  Require,
  type SipRequest,
  Supported,
  sameUri,
  UserAgent,
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
  readonly instance?: string
  readonly regId?: number
}

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
): Registered {
  const read = request.headers.readAll(Contact)
  const cseq = request.headers.get(CSeq)
  const callId = request.headers.get(CallId)
  if (cseq === undefined || callId === undefined) return { reply: { status: 400 }, bindings }
  if (read.kind === 'malformed') return { reply: { status: 400, reason: 'Bad Contact' }, bindings }
  const contacts = read.kind === 'absent' ? [] : read.value
  const foreign = request.headers.all(Path).map(p => `<${formatUri(p.uri)}>`)
  if (foreign.length > 0 && !supportsPath(request)) return { reply: { status: 421, headers: [['Require', 'path']] }, bindings }
  if (contacts.length === 0) return done(bindings, foreign, wall)
  if (contacts.some(c => c === '*')) return removeAll(request, bindings, contacts.length, callId, cseq.sequence, wall)
  const wishes = wishesOf(request, limits)
  if (wishes === undefined) return { reply: { status: 400, reason: 'Bad Contact' }, bindings }
  const refusal = refusalOf(wishes, limits)
  if (refusal) return { reply: refusal, bindings }
  const agent = request.headers.get(UserAgent)
  const shared = {
    aor,
    callId,
    cseq: cseq.sequence,
    path: behind(edge, foreign),
    ...(agent ? { userAgent: agent } : {}),
  }
  let after: readonly Binding[] = bindings
  for (const { expires, ...wish } of wishes) {
    const updated = applyWish(after, { ...wish, ...shared, expiresAt: wall + expires * 1000 }, expires)
    if (updated === 'out of order') return { reply: { status: 500, reason: 'CSeq Out Of Order' }, bindings }
    after = updated
  }
  // Who has too many already, because the limit was higher, may still refresh and remove them.
  return after.length > Math.max(limits.maxContacts, bindings.length) ? { reply: TOO_MANY, bindings } : done(after, foreign, wall)
}

function behind(edge: string | undefined, foreign: readonly string[]): readonly string[] {
  return edge === undefined ? foreign : [edge, ...foreign]
}

/** RFC 3261 §10.3 step 7: too brief is 423; more than there may be is not looked at. */
function refusalOf(wishes: readonly Wish[], limits: RegistrarLimits): RegisterReply | undefined {
  const lasting = wishes.filter(w => w.expires > 0)
  if (lasting.length > limits.maxContacts) return TOO_MANY
  const brief = lasting.some(w => w.expires < limits.minExpires)
  return brief ? { status: 423, headers: [['Min-Expires', String(limits.minExpires)]] } : undefined
}

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
  const [x, y] = [parseUri(a.contact), parseUri(b.contact)]
  return x !== undefined && y !== undefined && sameUri(x, y)
}

function wishesOf(request: SipRequest, limits: RegistrarLimits): readonly Wish[] | undefined {
  const general = request.headers.get(Expires) ?? limits.defaultExpires
  const wishes: Wish[] = []
  for (const contact of request.headers.all(Contact)) {
    if (contact === '*' || !REACHABLE.has(contact.uri.scheme)) return undefined
    const asked = seconds(contact.params.get('expires')) ?? general
    const instance = contact.params.get('+sip.instance')
    const regId = decimal(contact.params.get('reg-id'))
    wishes.push({
      contact: formatUri(contact.uri),
      q: quality(contact.params.get('q')),
      expires: Math.min(asked, limits.maxExpires),
      ...(instance ? { instance } : {}),
      ...(regId !== undefined ? { regId } : {}),
    })
  }
  return wishes
}

/** Not `sips`: there is no TLS here, and it must not become less (RFC 5630 §3). */
const REACHABLE: ReadonlySet<string> = new Set(['sip'])

/** RFC 3261 §25.1 delta-seconds of any length; what is none counts as not given (RFC 3261 §10.2.1.1). */
function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

function quality(text: string | undefined): number {
  return text !== undefined && QVALUE.test(text) ? Number(text) : 1
}

/** RFC 3261 §25.1. */
const QVALUE = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/

/** RFC 3327 §5.3: who does not know Path would not know which way its calls come. */
function supportsPath(request: SipRequest): boolean {
  return [...request.headers.all(Supported), ...request.headers.all(Require)].some(option => option.toLowerCase() === 'path')
}

/** RFC 3261 §10.3 step 8: the 200 lists every binding with the time it has left. The Path comes back as it came (RFC 3327 §5.3). */
function done(bindings: readonly Binding[], foreign: readonly string[], wall: number): Registered {
  const headers = bindings.map(b => ['Contact', contactValue(b, wall)] as const)
  const path = foreign.length > 0 ? [['Path', foreign.join(', ')] as const, ['Supported', 'path'] as const] : []
  return { reply: { status: 200, headers: [...headers, ...path] }, bindings }
}

function contactValue(binding: Binding, wall: number): string {
  const left = Math.max(0, Math.ceil((binding.expiresAt - wall) / 1000))
  const instance = binding.instance !== undefined ? `;+sip.instance="${binding.instance.replaceAll(/["\\]/g, '')}"` : ''
  const q = binding.q ?? 1
  const regId = binding.regId !== undefined ? `;reg-id=${binding.regId}` : ''
  return `<${binding.contact}>;expires=${left}${q < 1 ? `;q=${q}` : ''}${instance}${regId}`
}
