/** Which precedence the request claims. RFC 4412 §3.1. */
import type { HeaderDef } from '../header-def.ts'
import { decodeResource, encodeResource, type ResourceValue } from './resource-value.ts'

export const ResourcePriority: HeaderDef<ResourceValue> = {
  name: 'Resource-Priority',
  list: true,
  decode: decodeResource,
  encode: encodeResource,
}
