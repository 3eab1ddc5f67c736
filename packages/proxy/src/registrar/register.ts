/** What a REGISTER does to the bindings of its address of record. RFC 3261 §10.3 steps 6 to 8. */
import { CallId, Contact, CSeq, Expires, formatUri, Path, parseUri, type SipRequest, sameUri, UserAgent } from '@strowger/sip-parser'
import type { Reply } from '../core/step.ts'
import type { Binding } from './binding.ts'

/** Limits of the registrar, seconds. */
export interface RegistrarLimits {
  readonly minExpires: number
  readonly defaultExpires: number
  readonly maxExpires: number
  readonly maxContacts: number
}

export interface Registered {
  readonly reply: Reply
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

/** `bindings` are those alive at `wall` (milliseconds since 1970); `edge` is our own Path value for this phone. */
export function register(
  request: SipRequest,
  aor: string,
  bindings: readonly Binding[],
  edge: string,
  limits: RegistrarLimits,
  wall: number,
): Registered {
  const contacts = request.headers.all(Contact)
  const cseq = request.headers.get(CSeq)
  const callId = request.headers.get(CallId)
  if (cseq === undefined || callId === undefined) return { reply: { status: 400 }, bindings }
  if (contacts.length === 0) return done(bindings, wall)
  if (contacts.some(c => c === '*')) return removeAll(request, bindings, contacts.length, callId, cseq.sequence, wall)
  const wishes = wishesOf(request, limits)
  if (wishes === undefined) return { reply: { status: 400, reason: 'Bad Contact' }, bindings }
  if (wishes.some(w => w.expires > 0 && w.expires < limits.minExpires)) {
    return { reply: { status: 423, headers: [['Min-Expires', String(limits.minExpires)]] }, bindings }
  }
  const foreign = request.headers.all(Path).map(p => `<${formatUri(p.uri)}>`)
  const agent = request.headers.get(UserAgent)
  let after: readonly Binding[] = bindings
  for (const wish of wishes) {
    const made: Binding = {
      ...strip(wish),
      aor,
      expiresAt: wall + wish.expires * 1000,
      callId,
      cseq: cseq.sequence,
      path: [edge, ...foreign],
      ...(agent ? { userAgent: agent } : {}),
    }
    const updated = applyWish(after, made, wish.expires)
    if (updated === 'out of order') return { reply: { status: 500, reason: 'CSeq Out Of Order' }, bindings }
    after = updated
  }
  if (after.length > limits.maxContacts) return { reply: { status: 403, reason: 'Too Many Contacts' }, bindings }
  return done(after, wall)
}

function strip({ expires: _, ...rest }: Wish): Omit<Wish, 'expires'> {
  return rest
}

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
  return done([], wall)
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
    const asked = decimal(contact.params.get('expires')) ?? general
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

const REACHABLE: ReadonlySet<string> = new Set(['sip', 'sips'])

function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

function quality(text: string | undefined): number {
  const q = text === undefined ? 1 : Number(text)
  return q >= 0 && q <= 1 ? q : 1
}

/** RFC 3261 §10.3 step 8: the 200 lists every binding with the time it has left. */
function done(bindings: readonly Binding[], wall: number): Registered {
  const headers = bindings.map(b => ['Contact', contactValue(b, wall)] as const)
  const path = bindings.some(b => b.path.length > 1) ? [['Supported', 'path'] as const] : []
  return { reply: { status: 200, headers: [...headers, ...path] }, bindings }
}

function contactValue(binding: Binding, wall: number): string {
  const left = Math.max(0, Math.ceil((binding.expiresAt - wall) / 1000))
  const instance = binding.instance !== undefined ? `;+sip.instance="${binding.instance.replaceAll('"', '')}"` : ''
  const q = binding.q ?? 1
  const regId = binding.regId !== undefined ? `;reg-id=${binding.regId}` : ''
  return `<${binding.contact}>;expires=${left}${q < 1 ? `;q=${q}` : ''}${instance}${regId}`
}
