/** What is no SIP message: keep-alives and rubbish, told by the first byte. RFC 5626 §3.5.1. */

/** Keep-alives are empty or white space, or NULs with some phones; a message starts with a visible character. */
export function noiseIn(bytes: Uint8Array): 'keep-alive' | 'noise' | undefined {
  const first = bytes[0]
  if (first === undefined) return 'keep-alive'
  if (first > 0x20 && first < 0x7f) return undefined
  return bytes.every(byte => byte === 0 || byte === 13 || byte === 10 || byte === 0x20) ? 'keep-alive' : 'noise'
}
