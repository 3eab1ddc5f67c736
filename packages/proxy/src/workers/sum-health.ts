/** What several workers say of themselves, as one: numbers are added up, words that differ stand side by side. */
type Value = unknown

/** Of objects of the same shape. */
export function sumHealth(all: readonly object[]): Record<string, unknown> {
  const names = new Set(all.flatMap(Object.keys))
  return Object.fromEntries(
    [...names].map(name => [name, sum(all.flatMap(one => (name in one ? [(one as Record<string, Value>)[name]] : [])))]),
  )
}

function sum(values: readonly Value[]): Value {
  if (values.every(value => typeof value === 'number')) return values.reduce((total, value) => total + value, 0)
  if (values.every(value => typeof value === 'object' && value !== null)) return sumHealth(values as object[])
  return [...new Set(values.map(String))].join(', ')
}
