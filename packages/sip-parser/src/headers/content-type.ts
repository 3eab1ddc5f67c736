/** `application/sdp` and its like, with parameters. RFC 3261 §20.15. */
import type { HeaderDef } from '../header-def.ts'
import { decodeMediaType, encodeMediaType, type MediaType } from './media-type.ts'

export const ContentType: HeaderDef<MediaType> = {
  name: 'Content-Type',
  compact: 'c',
  list: false,
  decode: decodeMediaType,
  encode: encodeMediaType,
}
