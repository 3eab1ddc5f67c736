/**
 * Tells whether text of a peer can be written into a header of ours. A quoted-pair may hold NUL, CR or LF (RFC 3261 §25.1), which no
 * writer lets through; whoever sends such a tag or realm gets no dialog and no credentials.
 */
export function isWritable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0 || code === 10 || code === 13) return false
  }
  return true
}

/** A Call-ID also has no blanks and nothing beyond ASCII. RFC 3261 §25.1 callid. */
export function isCallId(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}
