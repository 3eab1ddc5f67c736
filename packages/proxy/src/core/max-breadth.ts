/** Shares out how many branches a request may have at the same time, all proxies on its way together. RFC 5393 §5.3. */
import type { SipRequest } from '@strowger/sip-parser'

/** Breadth of a request that names none (RFC 5393 §5.3.3). */
const DEFAULT_BREADTH = 60

/** What each of `parallel` branches may have; 0 when they are too many (440, RFC 5393 §5.3.3.1). */
export function breadthShare(request: SipRequest, parallel: number): number {
  const value = request.headers.raw('Max-Breadth')[0]
  const breadth = value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : DEFAULT_BREADTH
  return Math.floor(breadth / Math.max(1, parallel))
}
