/** Compares secrets without stopping at the first difference. RFC 7616 §5.13 (guessing by timing). */
export function sameText(expected: string, given: string): boolean {
  let difference = expected.length ^ given.length
  for (let i = 0; i < expected.length; i++) difference |= expected.charCodeAt(i) ^ given.charCodeAt(i)
  return difference === 0
}
