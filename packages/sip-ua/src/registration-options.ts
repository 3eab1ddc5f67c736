/** What a registration is told, and what it tells. RFC 3261 §10.2, RFC 5626 §4.2. */
import type { MessageEdit, Uri } from '@strowger/sip-parser'
import type { DigestHash, DigestName } from './digest/hash.ts'
import type { RegistrationGrant } from './registration-grant.ts'

/** Who registers where, and with what password. URIs are text. RFC 3261 §10.2. */
export interface RegistrationOptions {
  /** Request-URI, the domain alone: `sip:example.com`. RFC 3261 §10.2. */
  readonly registrar: string
  /** The address to be reached under: `sip:alice@example.com`. */
  readonly aor: string
  /** Where this phone listens: `sip:alice@192.0.2.7:5060`. */
  readonly contact: string
  /** Parameters of Contact beside the URI, as `q`. */
  readonly contactParams?: ReadonlyMap<string, string>
  /** The flow this registers over: `instance` is a URN that never changes, `regId` counts the flows from 1. RFC 5626 §4.2. */
  readonly outbound?: { readonly instance: string; readonly regId: number }
  /** Pre-loaded Route, first to be visited first; loose routers. RFC 3261 §8.1.1.1. */
  readonly routes?: readonly string[]
  /** As the registrar knows the phone; often the user part of `aor`. */
  readonly username: string
  /** In the clear; it is in no saved state. Without it challenges are refusals. */
  readonly password?: string
  /** Answer challenges of this realm only. Default: any. */
  readonly realm?: string
  /** Digest algorithms that may be answered. Default: all. */
  readonly algorithms?: readonly DigestName[]
  /** Asked for; what the registrar grants counts. Default 3600. */
  readonly expiresSeconds?: number
  /** Computes digests: `nodeHash` of `@strowger/sip-ua/node` is one. */
  readonly hash: DigestHash
  /** At least 64 random bits as a token. */
  readonly token: () => string
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** What the registration wants done or known; switch on `kind`. RFC 3261 §10.2. */
export type RegistrationOutput =
  /** Give `request` to the transaction layer for `hop`; tell its final response to `receive`, or its failure to `failed`. */
  | { readonly kind: 'send'; readonly request: MessageEdit; readonly hop: Uri }
  | ({ readonly kind: 'registered' } & RegistrationGrant)
  /** `status` is absent when nobody answered, or the flow was lost. It is tried again by itself. */
  | { readonly kind: 'failed'; readonly status?: number; readonly retryInMs: number }
  | { readonly kind: 'unregistered' }
