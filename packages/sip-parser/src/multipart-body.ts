/** Finds the body one asks for, alone or in a multipart, and what keeps a message from being understood. RFC 5621 §4, §8. */
import { ContentId } from './headers/content-id.ts'
import { ContentType } from './headers/content-type.ts'
import { type BodyHolder, dispositionOf, partsOf, typeOf } from './multipart.ts'

/**
 * The bytes of the body of `type` (`application/sdp`, lower case): the message's own, or of a part however deep.
 * Of multipart/alternative the last that fits (RFC 2046 §5.1.4), of multipart/related the root first (RFC 2387 §3.2), else the first.
 * SDP counts only when it describes the session, not early media (RFC 3959 §4). `undefined` when there is none, when it is packed
 * (Content-Encoding, base64) or when the multipart is malformed; {@link partsOf} tells.
 */
export function bodyOf(message: BodyHolder, type: string): Uint8Array | undefined {
  return partOf(message, type)?.body
}

/** The message or part whose body {@link bodyOf} gives. */
export function partOf(message: BodyHolder, type: string): BodyHolder | undefined {
  const read = partsOf(message)
  if (read.kind === 'malformed') return undefined
  if (read.subtype === '') return read.parts.find(part => fits(part, type))
  for (const part of inOrder(read.subtype, read.parts, message)) {
    const found = partOf(part, type)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The type of the first body part that must be understood and is not among `understood` (lower case): answer 415 with Accept
 * (RFC 3261 §8.2.3, RFC 5621 §8.2). Of multipart/alternative one is enough, of multipart/related the root; parts with
 * `handling=optional` never count. `undefined` when all is well; a malformed multipart gives its own type.
 */
export function unsupportedBody(message: BodyHolder, understood: readonly string[]): string | undefined {
  if (dispositionOf(message).handling === 'optional') return undefined
  const read = partsOf(message)
  if (read.kind === 'malformed') return typeOf(message)
  if (read.subtype === '') return read.parts.length === 0 || understood.includes(typeOf(message)) ? undefined : typeOf(message)
  const parts = inOrder(read.subtype, read.parts, message)
  const refused = (read.subtype === 'related' ? parts.slice(0, 1) : parts).map(part => unsupportedBody(part, understood))
  return read.subtype === 'alternative' && refused.includes(undefined) ? undefined : refused.find(type => type !== undefined)
}

/** Most wanted first. */
function inOrder(subtype: string, parts: readonly BodyHolder[], holder: BodyHolder): readonly BodyHolder[] {
  if (subtype === 'alternative') return [...parts].reverse()
  const start = subtype === 'related' ? holder.headers.get(ContentType)?.params.get('start') : undefined
  const root = start === undefined ? undefined : parts.find(part => part.headers.get(ContentId) === start.replace(/^<|>$/g, ''))
  return root === undefined ? parts : [root, ...parts.filter(part => part !== root)]
}

function fits(part: BodyHolder, type: string): boolean {
  if (typeOf(part) !== type || !isPlain(part)) return false
  return type !== 'application/sdp' || dispositionOf(part).type === 'session'
}

/** Bytes as they are: SIP carries binary, so there is no reason to pack them (RFC 5621 §3.3). */
function isPlain({ headers }: BodyHolder): boolean {
  const packed = [...headers.raw('Content-Encoding'), ...headers.raw('Content-Transfer-Encoding')]
  return packed.every(coding => PLAIN.has(coding.toLowerCase()))
}

const PLAIN: ReadonlySet<string> = new Set(['', 'identity', '7bit', '8bit', 'binary'])
