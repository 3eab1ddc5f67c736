/** Bytes that count how often they are looked at: a measure of time that no busy machine disturbs. */

export interface CountedBytes {
  readonly bytes: Uint8Array
  /** Bytes looked at so far. */
  readonly steps: () => number
}

export function countedBytes(plain: Uint8Array): CountedBytes {
  let steps = 0
  const counted = (target: Uint8Array): Uint8Array =>
    new Proxy(target, {
      get(_, name) {
        if (name === 'subarray') return (start?: number, end?: number) => counted(target.subarray(start, end))
        if (name === 'indexOf') return (byte: number, from = 0) => search(target, byte, from)
        if (typeof name === 'string' && name.charCodeAt(0) <= 57) steps++
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        steps += target.length
        return value.bind(target) as unknown
      },
    })
  const search = (target: Uint8Array, byte: number, from: number): number => {
    const found = target.indexOf(byte, from)
    steps += 1 + (found < 0 ? Math.max(0, target.length - from) : found - from)
    return found
  }
  return { bytes: counted(plain), steps: () => steps }
}
