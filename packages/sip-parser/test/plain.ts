/** Makes a decoded value comparable with JSON: a Map becomes an object, an empty one goes away. */
export function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, held]) => [name, plain(held)]))
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, held]) => !(held instanceof Map && held.size === 0))
      .map(([name, held]) => [name, plain(held)]),
  )
}
