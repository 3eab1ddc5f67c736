/** A request without a body, from lines. */
export function wire(text: string): Uint8Array {
  return new TextEncoder().encode(`${text.split('\n').join('\r\n')}\r\nContent-Length: 0\r\n\r\n`)
}
