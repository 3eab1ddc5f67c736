/** The words of routing policy: a step reads a context and returns a verdict; nothing happens until the list returns. RFC 3261 §16. */

import type { Context as CallContext } from '@strowger/runtime'
import type { SipRequest, SipResponse, Uri } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import type { FlowToken, RouteToken } from './route-token.ts'

/** Who sent it. `outside` is a phone or a carrier, `inside` an application server. */
export type Side = 'outside' | 'inside'

/** A header field as it goes onto the wire. */
export type HeaderField = readonly [name: string, value: string]

/** What a step wants changed in the message that leaves. Plain data, applied once per branch. */
export interface Changes {
  readonly remove: readonly string[]
  readonly add: readonly HeaderField[]
  /** Session description in the place of the one that came; empty: no body at all. */
  readonly sdp?: Uint8Array
}

/** A subscriber whose credentials were verified, or the carrier an address belongs to. */
export interface Identity {
  readonly brand: number
  readonly client?: number
  readonly user?: number
  /** `username@domain` of a phone. */
  readonly aor?: string
  /** What others dial to reach the user: how records name the caller. */
  readonly extension?: string
}

/** One place a request may be sent to: the Request-URI it gets there and the way (RFC 3261 §16.5). */
export interface Target {
  /** New Request-URI; absent leaves it as it came. */
  readonly uri?: string
  /** Route values put on top, `<sip:…;lr>` (RFC 3327 §5.3). */
  readonly route?: readonly string[]
  /** Its address may be a name, and its port 0 where SRV records are to say it: see the step `findWays`. */
  readonly flow: FlowToken
  /** What this hop faces. Media is anchored where one side is outside. */
  readonly side: Side
  /** 0 to 1; higher is tried first (RFC 3261 §20.10). */
  readonly q?: number
}

/** A thing only the daemon can do. The step runs again with the answer in its context. */
export type Effect =
  | { readonly ask: 'credentials'; readonly username: string; readonly domain: string }
  | { readonly ask: 'location'; readonly aor: string }
  | { readonly ask: 'bind'; readonly aor: string }
  /** Where a URI leads. RFC 3263 §4. */
  | { readonly ask: 'ways'; readonly uri: Uri }
  | { readonly ask: 'media'; readonly command: MediaCommand }

/** What the proxy says to the relay about one media session (NG protocol). */
export interface MediaCommand {
  readonly kind: 'offer' | 'answer'
  /** NG call-id. */
  readonly session: string
  /** Tag of who made the offer. */
  readonly fromTag: string
  /** Tag of who answers; absent in a first offer. */
  readonly toTag?: string
  readonly sdp: Uint8Array
  /** Source address of a message from outside. */
  readonly receivedFrom?: string
  /** Media comes from `receivedFrom`, whatever the SDP says. */
  readonly nat: boolean
}

/** Digest hashes of a subscriber, hex. `unknown` hides whether user or domain does not exist. */
export interface Credentials {
  readonly identity: Identity
  readonly realm: string
  readonly ha1: Readonly<Record<'MD5' | 'SHA-256', string>>
}

/** Who a request with credentials says it is from. */
export interface Claim {
  /** `username@domain`. */
  readonly user: string
  /** The address it came from. */
  readonly source: string
}

export interface Answers {
  readonly credentials?: Credentials | 'unknown'
  readonly location?: readonly Target[]
  readonly bind?: Reply
  /** Best first; empty when the name leads nowhere, or DNS is silent. */
  readonly ways?: readonly FlowToken[]
  readonly media?: Uint8Array | { readonly unavailable: 'timeout' | 'refused' | 'exhausted' }
}

/** An answer that the proxy gives itself. */
export interface Reply {
  readonly status: number
  readonly reason?: string
  readonly headers?: readonly HeaderField[]
}

/** All that is known of a request so far. Plain data: it can be written down and replayed. */
export interface Context {
  readonly request: SipRequest
  readonly from: Hop
  readonly side: Side
  /** The call's one id from the edge onwards (design §5). */
  readonly call?: string
  readonly identity?: Identity
  /** Verified `Strowger-Context` of a request from inside. */
  readonly callContext?: CallContext
  /** Verified token of our own Route, in a dialog. */
  readonly token?: RouteToken
  /** How many Route values on top are ours (RFC 3261 §16.4). */
  readonly ownRoutes: number
  readonly changes: Changes
  readonly answers: Answers
}

/** The same for one branch, before it is sent. */
export interface BranchContext extends Context {
  readonly target: Target
  /** `a` when the outside party called, `b…` when this branch faces the one who is called. */
  readonly leg: string
}

/** The same for a response on its way back. */
export interface ResponseStep extends BranchContext {
  readonly response: SipResponse
}

/** All targets at once, one after the other, or all of the highest q at once and then the next. RFC 3261 §16.6. */
export type Order = 'parallel' | 'serial' | 'by q'

/** What a step decided. */
export type Verdict<C> =
  | { readonly kind: 'next'; readonly context: C }
  | { readonly kind: 'steps'; readonly steps: readonly Step<C>[]; readonly context: C }
  | { readonly kind: 'reply'; readonly reply: Reply; readonly context?: C }
  | { readonly kind: 'forward'; readonly targets: readonly Target[]; readonly order: Order; readonly context: C }
  | { readonly kind: 'ask'; readonly effect: Effect }
  | { readonly kind: 'drop' }

/** One step of policy. `house` is what stays the same for all messages, and the clock's reading. */
export type Step<C = Context> = (context: C, house: House) => Verdict<C>

/** What a step may read of the daemon. */
export interface House {
  /** Milliseconds since 1970, for nonces and signatures. */
  readonly wall: number
  readonly policy: Policy
}

/** Constants and keyed functions of one daemon; nothing here waits. */
export interface Policy {
  readonly role: 'users-proxy' | 'trunks-proxy'
  /** `sip:` URIs of ours by transport, as they stand in Record-Route. */
  readonly own: readonly { readonly transport: Hop['transport']; readonly address: string; readonly port: number }[]
  readonly appserver: FlowToken
  /** Names this process in flow tokens. */
  readonly boot: string
  readonly isAppserver: (from: Hop) => boolean
  readonly newCallId: () => string
  /** At least 64 random bits, for branches. */
  readonly token: () => string
  readonly signContext: (context: CallContext, request: SipRequest, wall: number) => string
  readonly verifyContext: (request: SipRequest, wall: number) => CallContext | undefined
  /** User part of a Record-Route value. */
  readonly signRoute: (token: RouteToken) => string
  readonly verifyRoute: (user: string) => RouteToken | undefined
  /** The local address a hop is sent from. */
  readonly localFor: (flow: FlowToken) => Hop['local']
  /** `source`: the address that asks; a nonce is good from there only. */
  readonly challenges: (realm: string, stale: boolean, wall: number, userAgent: string | undefined, source: string) => readonly string[]
  /** `barred`: the user has been guessed at from there too often, and nothing was looked at. */
  readonly checkDigest: (
    request: SipRequest,
    who: Claim,
    credentials: Credentials | 'unknown',
    wall: number,
  ) => 'ok' | 'stale' | 'wrong' | 'absent' | 'malformed' | 'barred'
  /** Domain an address stands for, and whether somebody lives there. */
  readonly domainOf: (host: string) => string
  /** The carrier behind a source address; trunks' proxy only. */
  readonly providerAt: (from: Hop) => Identity | undefined
  /** Carriers for an E.164 number, best first; trunks' proxy only. */
  readonly carriersFor: (brand: number, client: number, number: string) => readonly Target[] | 'blocked'
  /** How long phones of the highest q ring before those of the next one, ms. */
  readonly nextPhonesMs: number
  /** Whether there is too much to do, and whose turn it is not. */
  readonly overload: Overload
  /** `urn:service:sos` and the numbers of the configuration (RFC 5031 §4). */
  readonly isEmergency: (uri: Uri) => boolean
  /** Says which call of the platform a Call-ID belongs to, for whoever looks on at the messages. */
  readonly named: (sipCallId: string, call: string) => void
  /** True while the daemon drains: nothing new is taken. */
  readonly draining: () => boolean
  /** True when it drains to its end, and not because another role does that first: nor is anything new taken of application servers. */
  readonly leaving: () => boolean
  readonly allowedMethods: string
}

/** What a step may know of the load; `OverloadControl` is one. */
export interface Overload {
  /** Absent while there is room for everybody. */
  readonly reason: string | undefined
  /** Why the new work of this Call-ID is not taken; counted, and as work of its source. */
  readonly refuses: (callId: string, source: string) => string | undefined
  /** Seconds, each time others; 0 for none. */
  readonly retryAfter: () => number
}

export const NO_CHANGES: Changes = { remove: [], add: [] }

/** Goes on with `context`. */
export function next<C extends Context>(context: C): Verdict<C> {
  return { kind: 'next', context }
}

/** Ends the list with an answer of our own. */
export function reply<C = Context>(status: number, options: Omit<Reply, 'status'> = {}): Verdict<C> {
  return { kind: 'reply', reply: { status, ...options } }
}

/** `changes` with more in it. */
export function withChanges(changes: Changes, more: Partial<Changes>): Changes {
  return {
    remove: more.remove ? [...changes.remove, ...more.remove] : changes.remove,
    add: more.add ? [...changes.add, ...more.add] : changes.add,
    ...(more.sdp ? { sdp: more.sdp } : changes.sdp ? { sdp: changes.sdp } : {}),
  }
}
