/** Whether another carrier may succeed where one has failed: not when the callee itself has answered. RFC 3261 §16.7, RFC 3263 §4.3. */
export function tryNextTarget(status: number): boolean {
  return status === 408 || (status >= 500 && status < 600)
}
