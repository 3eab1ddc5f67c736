/** Refuses Request-URIs that we cannot route. `sips` is one: there is no TLS here, and it must not become less. RFC 3261 §16.3 step 2, RFC 5630 §3. */
import { next, reply, type Step } from '../core/step.ts'

export const checkScheme: Step = context => (ROUTED.has(context.request.uri.scheme) ? next(context) : reply(416))

const ROUTED: ReadonlySet<string> = new Set(['sip', 'tel'])
