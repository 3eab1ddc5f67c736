/** Undoes what a strict router did: our Record-Route in the Request-URI, the real one at the end of Route. RFC 3261 §16.4, §16.12.1.1. */
import { edit, Route, type SipRequest } from '@strowger/sip-parser'
import { isOwn } from '../core/is-own.ts'
import { next, type Step } from '../core/step.ts'

export const restoreRequestUri: Step = (context, { policy }) => {
  const { uri, headers } = context.request
  if (uri.user === undefined || !isOwn(uri, policy) || policy.verifyRoute(uri.user) === undefined) return next(context)
  const routes = headers.readAll(Route)
  const target = routes.kind === 'value' ? routes.value.at(-1) : undefined // unreadable ones are refused by the next step
  if (routes.kind !== 'value' || target === undefined) return next(context)
  const out = edit(context.request).uri(target.uri).remove(Route)
  for (const route of [{ uri, params: new Map<string, string>() }, ...routes.value.slice(0, -1)]) out.append(Route, route)
  return next({ ...context, request: out.toMessage() as SipRequest })
}
