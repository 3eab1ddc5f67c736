/** Which transaction a message belongs to. RFC 3261 §17.1.3 (responses), §17.2.3 (requests), §8.2.2.2 (merged requests). */
import { CallId, CSeq, From, formatUri, type SipRequest, type SipResponse, To, Via, type ViaBytes } from '@strowger/sip-parser'
import type { KeyHash } from './key-hash.ts'

const CLIENT = 1
const SERVER = 2
const SERVER_RFC2543 = 3
const MERGED = 4
/** A port comes above the kind. */
const PORT = 8

/** The branch of a sender that follows RFC 3261 starts with this (RFC 3261 §8.1.1.7). */
export const COOKIE = 'z9hG4bK'

/** Branch and method: what a response must repeat of our request. RFC 3261 §17.1.3. `from`: where in `branch` what follows the cookie starts. */
export function hashClientKey(hash: KeyHash, branch: string, method: string, from: number = COOKIE.length): void {
  hash.start().number(CLIENT).text(branch, from)
  hashMethod(hash, method)
  hash.end()
}

/** False when the response carries no branch of ours. */
export function hashResponse(hash: KeyHash, response: SipResponse): boolean {
  const via = response.headers.topVia()
  return via === undefined ? hashUnusualResponse(hash, response) : hashUsualResponse(hash, response, via)
}

/** Without making text of its branch. */
function hashUsualResponse(hash: KeyHash, { headers, wire }: SipResponse, { branch, branchEnd }: ViaBytes): boolean {
  const cseq = headers.get(CSeq)
  if (cseq === undefined || !isUniqueIn(wire, branch, branchEnd)) return false
  hash
    .start()
    .number(CLIENT)
    .bytes(wire, branch + COOKIE.length, branchEnd)
  hashMethod(hash, cseq.method)
  hash.end()
  return true
}

function hashUnusualResponse(hash: KeyHash, response: SipResponse): boolean {
  const branch = response.headers.get(Via)?.branch
  const cseq = response.headers.get(CSeq)
  if (branch === undefined || cseq === undefined || !isUnique(branch)) return false
  hashClientKey(hash, branch, cseq.method)
  return true
}

/** The one that most transactions have is a number that is no length. */
function hashMethod(hash: KeyHash, method: string): void {
  if (method === 'INVITE') hash.number(-1)
  else hash.text(method)
}

/** Whether the sender follows RFC 3261: its branch alone identifies the transaction. */
export function hasCookie(request: SipRequest): boolean {
  return isUnique(request.headers.get(Via)?.branch ?? '')
}

/**
 * Branch, sent-by and method; for an older sender the fields of RFC 3261 §17.2.3, last list. `method` is the one of the transaction
 * looked for: INVITE for an ACK or the CANCEL of an INVITE. The To tag of an older sender's ACK is compared apart.
 */
export function hashRequest(hash: KeyHash, request: SipRequest, method: string): void {
  const via = request.headers.topVia()
  if (via !== undefined && isUniqueIn(request.wire, via.branch, via.branchEnd)) hashUsualRequest(hash, request.wire, via, method)
  else hashUnusualRequest(hash, request, method)
}

/** Without making text of branch and host. */
function hashUsualRequest(hash: KeyHash, wire: Uint8Array, { host, hostEnd, port, branch, branchEnd }: ViaBytes, method: string): void {
  hash
    .start()
    .number(SERVER + Math.max(port, 0) * PORT)
    .bytes(wire, branch + COOKIE.length, branchEnd)
    .bytes(wire, host, hostEnd)
  hashMethod(hash, method)
  hash.end()
}

function hashUnusualRequest(hash: KeyHash, request: SipRequest, method: string): void {
  const via = request.headers.get(Via)
  const branch = via?.branch ?? ''
  const port = via?.port ?? 0
  if (isUnique(branch)) {
    hash
      .start()
      .number(SERVER + port * PORT)
      .text(branch, COOKIE.length)
      .text(via?.host ?? '')
    hashMethod(hash, method)
    hash.end()
    return
  }
  const cseq = request.headers.get(CSeq)
  hash
    .start()
    .number(SERVER_RFC2543)
    .text(formatUri(request.uri))
    .text(fromTag(request))
    .text(request.headers.get(CallId) ?? '')
  hash
    .number(cseq?.sequence ?? 0)
    .text(method)
    .text(via?.transport ?? '')
    .text(via?.host ?? '')
    .number(port)
    .text(branch)
    .end()
}

/** By hand: `startsWith` is a call. */
function isUnique(branch: string): boolean {
  if (branch.length <= COOKIE.length) return false
  for (let i = 0; i < COOKIE.length; i++) if (branch.charCodeAt(i) !== COOKIE.charCodeAt(i)) return false
  return true
}

function isUniqueIn(bytes: Uint8Array, branch: number, end: number): boolean {
  if (branch < 0 || end - branch <= COOKIE.length) return false
  for (let i = 0; i < COOKIE.length; i++) if (bytes[branch + i] !== COOKIE.charCodeAt(i)) return false
  return true
}

/** From tag, Call-ID and CSeq. False for a request inside a dialog, which cannot be merged. RFC 3261 §8.2.2.2. */
export function hashMerged(hash: KeyHash, request: SipRequest): boolean {
  if (toTag(request) !== undefined) return false
  const cseq = request.headers.get(CSeq)
  hash
    .start()
    .number(MERGED)
    .text(fromTag(request))
    .text(request.headers.get(CallId) ?? '')
  hash
    .number(cseq?.sequence ?? 0)
    .text(cseq?.method ?? '')
    .end()
  return true
}

export function toTag(message: SipRequest | SipResponse): string | undefined {
  return message.headers.tag(To)
}

function fromTag(request: SipRequest): string {
  return request.headers.tag(From) ?? ''
}
