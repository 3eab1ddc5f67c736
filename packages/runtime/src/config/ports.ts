/** Ports that two listeners of one machine would both want: found before anything starts, since `EADDRINUSE` names only one of the two. */
import type { Finding } from './check.ts'

interface Listener {
  readonly path: readonly string[]
  readonly protocol: 'udp' | 'tcp'
  readonly address: unknown
  readonly port: unknown
  readonly role: string
}

type At = (...path: string[]) => unknown

/** Each listener that takes the port of one named before it, or one of the relay's RTP ports. Port 0 clashes with nothing. */
export function portClashes(at: At): readonly Finding[] {
  const listeners = listenersOf(at)
  const seen = new Map<string, Listener>()
  return listeners.flatMap(listener => {
    const { path, port, protocol, address } = listener
    if (typeof port !== 'number' || port === 0) return []
    const earlier = seen.get(`${protocol} ${address} ${port}`)
    if (earlier !== undefined) return [{ path, value: port, allowed: `another port: ${earlier.path.join('.')} has ${port} on ${address}` }]
    seen.set(`${protocol} ${address} ${port}`, listener)
    return amongRtp(at, listener) ? [{ path, value: port, allowed: 'a port outside media.ports: the relay gives those to calls' }] : []
  })
}

/** Of the roles of this machine only. */
function listenersOf(at: At): readonly Listener[] {
  const roles = at('roles')
  const outside = at('listen')
  const listenersOfProxy = (role: string, group: string, names: readonly string[]): Listener[] =>
    names.map(name => ({ role, path: [group, name], protocol: name === 'udp' ? 'udp' : 'tcp', address: outside, port: at(group, name) }))
  const listeners: Listener[] = [
    ...listenersOfProxy('users-proxy', 'usersProxy', ['udp', 'tcp', 'tls', 'ws', 'wss']),
    ...listenersOfProxy('trunks-proxy', 'trunksProxy', ['udp', 'tcp', 'tls']),
    { role: 'appserver', path: ['appserver', 'udp'], protocol: 'udp', address: at('appserver', 'address'), port: at('appserver', 'udp') },
    {
      role: 'media',
      path: ['media', 'ng', 'port'],
      protocol: 'udp',
      address: at('media', 'ng', 'address'),
      port: at('media', 'ng', 'port'),
    },
    ...controlsOf(at),
    { role: 'carrier', path: ['carrier', 'udp'], protocol: 'udp', address: at('carrier', 'address'), port: at('carrier', 'udp') },
    { role: 'portal', path: ['portal', 'http'], protocol: 'tcp', address: at('portal', 'address'), port: at('portal', 'http') },
  ]
  return listeners.filter(
    ({ role }) => Array.isArray(roles) && roles.includes(role) && (role !== 'carrier' || at('carrier', 'enabled') === true),
  )
}

/** The relay's other control protocols, where they are enabled. */
function controlsOf(at: At): Listener[] {
  const protocols = { ngTcp: 'tcp', ngHttp: 'tcp', rtpproxy: 'udp' } as const
  return Object.entries(protocols).flatMap(([name, protocol]) => {
    const where = (key: string): unknown => at('media', name, key)
    if (where('enabled') !== true) return []
    return [{ role: 'media', path: ['media', name, 'port'], protocol, address: where('address'), port: where('port') }]
  })
}

function addressesOfRtp(at: At): readonly unknown[] {
  const interfaces = at('media', 'interfaces')
  if (!Array.isArray(interfaces) || interfaces.length === 0) return [at('listen')]
  return interfaces.map((one: { address?: unknown }) => one?.address)
}

function amongRtp(at: At, { protocol, address, port }: Listener): boolean {
  const [from, to] = [at('media', 'ports', 'from'), at('media', 'ports', 'to')]
  if (
    protocol !== 'udp' ||
    !addressesOfRtp(at).includes(address) ||
    !Array.isArray(at('roles')) ||
    !(at('roles') as string[]).includes('media')
  )
    return false
  return typeof from === 'number' && typeof to === 'number' && (port as number) >= from && (port as number) <= to
}
