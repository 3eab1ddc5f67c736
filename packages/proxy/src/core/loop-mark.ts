/**
 * The part of our branch that says what we were asked: a request that comes back with it has gone in a circle, one that was changed on the
 * way (a spiral) has not. RFC 3261 §16.3 step 4, §16.6 step 8; RFC 5393 §4.2.
 */
import { createHash } from 'node:crypto'
import { CSeq, formatUri, Route, type SipRequest, Via } from '@strowger/sip-parser'
import { bindingOf } from '@strowger/sip-ua'
import { isOwn } from './is-own.ts'
import type { Policy } from './step.ts'
import { tagsOf } from './tags.ts'

/** What goes into the branch of a request we send. Our own Route values are gone the second time, so they do not count. */
export function loopMark(request: SipRequest, policy: Pick<Policy, 'own'>): string {
  const { callId, fromTag, uri } = bindingOf(request)
  const routes = request.headers.all(Route).filter(route => !isOwn(route.uri, policy))
  const sequence = request.headers.get(CSeq)?.sequence ?? 0
  const asked = [uri, callId, fromTag, tagsOf(request).to ?? '', sequence, ...routes.map(route => formatUri(route.uri))]
  return createHash('sha256').update(asked.join('\n')).digest('hex').slice(0, 16)
}

/** Whether one of the Vias is ours, made when we were asked the very same. */
export function hasLooped(request: SipRequest, policy: Pick<Policy, 'own'>): boolean {
  const ours = request.headers.all(Via).filter(via => isOwn(via, policy) && via.branch !== undefined)
  if (ours.length === 0) return false
  const end = `${MARK}${loopMark(request, policy)}`
  return ours.some(via => via.branch?.endsWith(end))
}

/** Stands between the token of a branch and its mark. */
export const MARK = '.'
