/** Bytes as text of one character per byte, so that a call stays plain data, and back. RFC 3261 §7.4. */
import { latin1 } from '@strowger/sip-parser'

export function textOf(bytes: Uint8Array): string {
  return latin1(bytes)
}

export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
