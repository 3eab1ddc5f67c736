/** The relay's local addresses by name, and which of them a party is to face. */
import { isIP, isIPv6 } from 'node:net'
import type { Config } from '@strowger/runtime'

export interface Interface {
  readonly address: string
  /** In the SDP instead of `address`. */
  readonly advertised?: string
}

/** By name; the second address of a name, of the other family, is called `NAME/6` or `NAME/4`. */
export type Interfaces = Readonly<Record<string, Interface>>

export function interfacesOf({ listen, media }: Pick<Config, 'listen' | 'media'>): Interfaces {
  if (media.interfaces.length === 0) return { default: { address: listen } }
  const made: Record<string, Interface> = {}
  for (const { name, address, advertised } of media.interfaces) {
    made[name in made ? `${name}/${isIP(address)}` : name] = advertised === '' ? { address } : { address, advertised }
  }
  return made
}

/** One of that name and family; the first of its family where the name is unknown, as an rtpengine does. */
export function interfaceFor(interfaces: Interfaces, name: string | undefined, family: 4 | 6 | undefined): string {
  const all = Object.entries(interfaces)
  if (all.length === 1) return all[0]![0]
  const fits = ([, { address }]: (typeof all)[number]): boolean => family === undefined || isIPv6(address) === (family === 6)
  const called = (wanted: string): typeof all => all.filter(([own]) => nameOf(own) === nameOf(wanted))
  const named = name === undefined ? [] : called(name)
  const chosen = named.find(fits) ?? called(all[0]![0]).find(fits) ?? all.find(fits) ?? named[0] ?? all[0]!
  return chosen[0]
}

/** Without the family that tells two addresses of one name apart. */
function nameOf(own: string): string {
  return own.replace(/\/[46]$/, '')
}

/** The interface called so; else, as with an rtpproxy that bridges, the first is the internal one and the second the external one. */
export function bridgeEnd(interfaces: Interfaces, end: 'internal' | 'external'): string {
  if (end in interfaces) return end
  const names = [...new Set(Object.keys(interfaces).map(nameOf))]
  return names[end === 'internal' ? 0 : 1] ?? names[0]!
}
