/** The relay's interfaces: one of each family under a name, each address once. RFC 4566 §5.7 knows two families. */
import { isIP } from 'node:net'
import type { Finding } from './check.ts'

/** What was read from a file: anything. */
export function interfaceClashes(value: unknown): readonly Finding[] {
  if (!Array.isArray(value)) return []
  const seen = new Map<string, number>()
  return value.flatMap((one: { name?: unknown; address?: unknown; advertised?: unknown }, index) => {
    if (typeof one?.name !== 'string' || typeof one.address !== 'string') return []
    const path = ['media', 'interfaces', String(index)]
    const family = isIP(one.address)
    const key = `${one.name}/${family}`
    const earlier = seen.get(key)
    seen.set(key, index)
    if (earlier !== undefined) {
      return [
        {
          path: [...path, 'address'],
          value: one.address,
          allowed: `one IPv${family} address for ${one.name}: media.interfaces.${earlier} is it`,
        },
      ]
    }
    const advertised = typeof one.advertised === 'string' ? isIP(one.advertised) : 0
    if (advertised === 0 || advertised === family) return []
    return [{ path: [...path, 'advertised'], value: one.advertised, allowed: `an IPv${family} address, as ${one.address} is one` }]
  })
}
