/** `namespace.priority`, as `esnet.1`; neither part has a dot, case does not count. RFC 4412 §3.1. */
import { consistsOf, TOKEN } from '../characters.ts'
import type { Cursor } from '../header-def.ts'

/** One priority of a namespace, as `esnet.1`: a value of Resource-Priority. RFC 4412 §3.1. */
export interface ResourceValue {
  /** Lower-cased. */
  readonly namespace: string
  /** Lower-cased. */
  readonly priority: string
}

export function decodeResource(at: Cursor): ResourceValue | undefined {
  const parts = at.token().toLowerCase().split('.')
  const [namespace, priority] = parts
  return at.ended && parts.length === 2 && namespace && priority ? { namespace, priority } : undefined
}

export function encodeResource({ namespace, priority }: ResourceValue): string {
  return `${checkPart(namespace)}.${checkPart(priority)}`
}

function checkPart(part: string): string {
  if (!consistsOf(part, TOKEN) || part.includes('.')) throw new TypeError(`A token without dots is wanted, not ${JSON.stringify(part)}`)
  return part
}
