/** Which precedences the server knows, in a 417 or to OPTIONS; may be empty. RFC 4412 §3.2. */
import type { HeaderDef } from '../header-def.ts'
import { decodeResource, encodeResource, type ResourceValue } from './resource-value.ts'

export const AcceptResourcePriority: HeaderDef<ResourceValue> = {
  name: 'Accept-Resource-Priority',
  list: true,
  decode: decodeResource,
  encode: encodeResource,
}
