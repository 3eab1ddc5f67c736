/** INFO inside a call: packages, and the old use without one. RFC 6086, RFC 2976. */
import { ContentType, InfoPackage, RecvInfo, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { type Answer, type Draft, type HeaderLine, line } from './draft.ts'

/** An INFO that comes. `info` is absent for the old use, which says what it is by Content-Type alone. RFC 6086 §2. */
export interface InfoNews {
  /** Name of the package; case does not count, it is lower-cased. RFC 6086 §7.2.2. */
  readonly info?: string
  /** Lower-cased, without parameters; absent when there is no body. */
  readonly contentType?: string
  /** As it came; may be empty. */
  readonly body: Uint8Array
}

/** Which INFO requests are taken. RFC 6086 §4.2.2, §5.2. */
export interface InfoRules {
  /** Packages we told the other side we take, in Recv-Info. RFC 6086 §5.2.1. */
  readonly packages: readonly string[]
  /** Content types of the old use, as `application/dtmf-relay`. An empty INFO is always taken: some phones ask with it whether we live. */
  readonly legacy: readonly string[]
}

/**
 * Answers are 200 for what is taken; 469 with our Recv-Info for a package we did not name (RFC 6086 §4.2.2); 415 for an old one of a type
 * nobody knows here. Whether there is such a dialog at all is the call's affair: 481 (RFC 6086 §4.2.2).
 */
export function takeInfo(request: SipRequest, { packages, legacy }: InfoRules): { readonly news?: InfoNews; readonly answer: Answer } {
  const { headers, body } = request
  const named = headers.read(InfoPackage)
  const contentType = headers.get(ContentType)?.type
  const what = { body, ...(contentType !== undefined && { contentType }) }
  if (body.length > 0 && contentType === undefined) return { answer: { status: 400, reason: 'Missing Content-Type', headers: [] } }
  if (named.kind === 'malformed') return { answer: { status: 400, reason: 'Bad Info-Package', headers: [] } }
  if (named.kind === 'absent') {
    const known = body.length === 0 || (contentType !== undefined && legacy.includes(contentType))
    return known ? { news: what, answer: OK } : { answer: { status: 415, headers: legacy.map(type => ['Accept', type] as const) } }
  }
  const info = named.value.token.toLowerCase()
  if (!packages.some(each => each.toLowerCase() === info))
    return { answer: { status: 469, reason: 'Bad Info Package', headers: recvInfo(packages) } }
  return { news: { ...what, info }, answer: OK }
}

/** Recv-Info for INVITEs, their 2xx and ACKs: what we take; empty says none, and that we know of packages. RFC 6086 §5.2.1, §5.2.2. */
export function recvInfo(packages: readonly string[]): readonly HeaderLine[] {
  if (packages.length === 0) return [[RecvInfo.name, '']]
  return packages.map(token => line(RecvInfo, { token, params: new Map() }))
}

/** What the other side takes by a message of it; `undefined`: it says nothing of it, and what it said before counts. RFC 6086 §5.2.1. */
export function packagesOf({ headers }: SipRequest | SipResponse): readonly string[] | undefined {
  return headers.has(RecvInfo) ? headers.all(RecvInfo).map(({ token }) => token.toLowerCase()) : undefined
}

/**
 * An INFO to send. `theirs`: what they take, by {@link packagesOf}; a package they did not name throws a TypeError, for it must not be
 * sent (RFC 6086 §4.2.1). Without `info` it is the old use.
 */
export function infoDraft(news: InfoNews, theirs: readonly string[] = []): Draft {
  const { info, contentType, body } = news
  if (info !== undefined && !theirs.includes(info.toLowerCase()))
    throw new TypeError(`They take ${theirs.join(', ') || 'no package'}, not ${info}`)
  const headers: HeaderLine[] = info === undefined ? [] : [line(InfoPackage, { token: info, params: new Map() })]
  // A body of a package says so. RFC 6086 §7.2.2, §3.2.
  if (info !== undefined && contentType !== undefined) headers.push(['Content-Disposition', 'Info-Package'])
  return { method: 'INFO', headers, ...(contentType !== undefined && { contentType, body }) }
}

const OK: Answer = { status: 200, headers: [] }
