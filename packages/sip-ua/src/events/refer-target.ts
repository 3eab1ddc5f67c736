/** Turns a Refer-To into the request it asks for, and no more than that. RFC 3515 §2.4.2, RFC 3261 §19.1.5, RFC 3891 §6.1. */
import { formatUri, type NameAddr, parseValue, Replaces, type Uri } from '@strowger/sip-parser'

/** JSON. What to send where; whether the one who asks may have it sent is the caller's decision. RFC 3515 §4. */
export interface ReferTarget {
  /** INVITE unless the URI says otherwise. RFC 3261 §19.1.1. */
  readonly method: string
  /** Request-URI, without `method` and headers. */
  readonly uri: string
  /** Name of whom to call. */
  readonly displayName?: string
  /** The call to be taken over: attended transfer. RFC 3891, RFC 5589 §7. */
  readonly replaces?: ReplacesReference
  /** Headers to add, as they stand in the URI; a short list of harmless ones. */
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** Names of headers that were left out. */
  readonly ignored: readonly string[]
}

/** As in the header, but JSON. RFC 3891 §6.1. */
export interface ReplacesReference {
  /** Call-ID of the dialog. */
  readonly callId: string
  /** The tag of whoever receives the header. */
  readonly toTag: string
  /** The tag of the other end of that call. */
  readonly fromTag: string
  /** Only while it is ringing. RFC 3891 §6.1. */
  readonly earlyOnly: boolean
}

export type ReferTargetVerdict =
  | { readonly kind: 'target'; readonly target: ReferTarget }
  | { readonly kind: 'refuse'; readonly status: 400 | 403 | 405 | 416; readonly reason?: string }

/**
 * `methods`: what a stranger may have us send; INVITE alone by default. A scheme we cannot call gets 416, a Replaces nobody can read 400,
 * and a URI that would forge our identity or our route 403: whoever writes such a thing is not to be obeyed in the rest (RFC 3261 §19.1.5).
 */
export function referTarget({ uri, displayName }: NameAddr, methods: readonly string[] = ['INVITE']): ReferTargetVerdict {
  if (!CALLABLE.has(uri.scheme)) return { kind: 'refuse', status: 416 }
  const method = uri.params.get('method') ?? 'INVITE'
  if (!methods.includes(method)) return { kind: 'refuse', status: 405 }
  const names = [...uri.headers.keys()]
  const forged = names.find(name => DANGEROUS.has(name))
  if (forged !== undefined) return { kind: 'refuse', status: 403, reason: 'Dangerous Refer-To' }
  const replaces = parseValue(Replaces, uri.headers.get('replaces'))
  if (uri.headers.has('replaces') && (!replaces || method !== 'INVITE')) return { kind: 'refuse', status: 400, reason: 'Bad Replaces' }
  const isHonoured = (name: string): boolean => HONOURED.has(name) && !/[\r\n\0]/.test(uri.headers.get(name) ?? '')
  const others = names.filter(name => name !== 'replaces')
  return {
    kind: 'target',
    target: {
      method,
      uri: formatUri(plainUri(uri)),
      ...(displayName !== undefined && { displayName }),
      ...(replaces && {
        replaces: { callId: replaces.callId, toTag: replaces.toTag, fromTag: replaces.fromTag, earlyOnly: replaces.earlyOnly },
      }),
      headers: others.filter(isHonoured).map(name => ({ name: HONOURED.get(name) ?? name, value: uri.headers.get(name) ?? '' })),
      ignored: others.filter(name => !isHonoured(name)),
    },
  }
}

/** A Refer-To that asks for the call of `replaces` to be taken over: attended transfer. RFC 5589 §7.1. */
export function replacingUri(target: Uri, replaces: ReplacesReference): Uri {
  return { ...target, headers: new Map([...target.headers, ['Replaces', Replaces.encode(replaces)]]) }
}

function plainUri(uri: Uri): Uri {
  return { ...uri, params: new Map([...uri.params].filter(([name]) => name !== 'method')), headers: new Map() }
}

const CALLABLE: ReadonlySet<string> = new Set(['sip', 'sips', 'tel'])

/**
 * What a URI may put into our request; the rest is left out. Body, capabilities and location are ours to tell (RFC 3261 §19.1.5).
 */
const HONOURED: ReadonlyMap<string, string> = new Map([
  ['require', 'Require'],
  ['join', 'Join'],
  ['target-dialog', 'Target-Dialog'],
  ['event', 'Event'],
  ['expires', 'Expires'],
  ['subject', 'Subject'],
  ['priority', 'Priority'],
  ['reply-to', 'Reply-To'],
  ['in-reply-to', 'In-Reply-To'],
  ['accept-contact', 'Accept-Contact'],
  ['reject-contact', 'Reject-Contact'],
  ['request-disposition', 'Request-Disposition'],
  ['user-to-user', 'User-to-User'],
])

/** RFC 3261 §19.1.5 names From, Call-ID, CSeq, Via, Record-Route and Route; the others claim who we are, or credentials of ours. */
const DANGEROUS: ReadonlySet<string> = new Set([
  'from',
  'f',
  'call-id',
  'i',
  'cseq',
  'via',
  'v',
  'record-route',
  'route',
  'path',
  'max-forwards',
  'content-length',
  'l',
  'authorization',
  'proxy-authorization',
  'identity',
  'p-asserted-identity',
  'p-preferred-identity',
  'remote-party-id',
  'diversion',
  'history-info',
  'referred-by',
  'b',
  'strowger-context',
])
