/** Body types the sender takes; may be empty. RFC 3261 §20.1. */
import type { HeaderDef } from '../header-def.ts'
import { decodeMediaType, encodeMediaType, type MediaType } from './media-type.ts'

export const Accept: HeaderDef<MediaType> = {
  name: 'Accept',
  list: true,
  decode: decodeMediaType,
  encode: encodeMediaType,
}
