/** Turns bytes into text and back, one character per byte, so that no byte of an SDP is ever lost. RFC 8866 §5. */

/** An SDP document: the bytes as received, or the same as text with one character (U+0000 to U+00FF) per byte. */
export type SdpText = Uint8Array | string

/** The text of an SDP, one character per byte. */
export function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let from = 0; from < bytes.length; from += CHUNK) text += textOf(bytes.subarray(from, from + CHUNK))
  return text
}

/** The bytes of a text made of characters below U+0100; higher ones lose their upper bits. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

/** `apply` reads a typed array as it is; spreading it would walk its iterator, at six times the price. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(undefined, bytes as unknown as number[])
}

/** Arguments of one call of `String.fromCharCode`: far below every engine's limit. */
const CHUNK = 4096
