/** Why a role could not start, as a sentence that says what to do: which address and port, which key of the configuration. */
import type { Config } from './config/schema.ts'

/** @param error what `start` threw; system errors carry `code`, `syscall`, `address` and `port`, or say the last two in their message. */
export function startFailure(role: string, error: unknown, config: Config): string {
  const { code, syscall, message } = describe(error)
  const place = placeOf(error)
  const keys = keysOf(role, place, syscall, config)
  const key = keys.length > 0 ? keys.join(' or ') : 'its port'
  if (code === 'EADDRINUSE') return `${role}: ${place.text} is in use by another program: stop that one, or set ${key} in the configuration`
  if (code === 'EADDRNOTAVAIL')
    return `${role}: ${place.text} is not an address of this machine: set ${addressKey(role)} in the configuration to one that "ip address" lists`
  if (code === 'EACCES' && place.port > 0) return `${role}: ${place.text} needs privileges (ports below 1024): set ${key} to a higher port`
  return `${role}: ${message}`
}

interface Place {
  readonly text: string
  readonly port: number
}

function describe(error: unknown): { code: string; syscall: string; message: string } {
  if (!(error instanceof Error)) return { code: '', syscall: '', message: String(error) }
  const { code, syscall } = error as NodeJS.ErrnoException
  return { code: code ?? '', syscall: syscall ?? '', message: error.message }
}

function placeOf(error: unknown): Place {
  const { address, port, message } = error as { address?: string; port?: number; message?: string }
  if (typeof port === 'number') return { text: `${address ?? 'port'}:${port}`, port }
  const found = /((?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]+\]):(\d+)/i.exec(message ?? '')
  return found === null ? { text: 'an address it needs', port: 0 } : { text: found[0], port: Number(found[2]) }
}

/** Keys of the role's listeners, as `usersProxy.udp`, that hold the port. */
function keysOf(role: string, { port }: Place, syscall: string, config: Config): readonly string[] {
  const listeners = (LISTENERS[role] ?? []).filter(({ port: read }) => port > 0 && read(config) === port)
  const wanted = syscall === 'listen' ? 'tcp' : syscall === 'bind' ? 'udp' : ''
  const exact = listeners.filter(({ transport }) => transport === wanted)
  return (exact.length > 0 ? exact : listeners).map(({ key }) => key)
}

function addressKey(role: string): string {
  return ADDRESSES[role] ?? 'listen'
}

interface Listener {
  readonly key: string
  readonly transport: 'udp' | 'tcp'
  readonly port: (config: Config) => number
}

const LISTENERS: Readonly<Record<string, readonly Listener[]>> = {
  'users-proxy': (['udp', 'tcp', 'tls', 'ws', 'wss'] as const).map(name => ({
    key: `usersProxy.${name}`,
    transport: name === 'udp' ? 'udp' : 'tcp',
    port: config => config.usersProxy[name],
  })),
  'trunks-proxy': (['udp', 'tcp', 'tls'] as const).map(name => ({
    key: `trunksProxy.${name}`,
    transport: name === 'udp' ? 'udp' : 'tcp',
    port: config => config.trunksProxy[name],
  })),
  appserver: [{ key: 'appserver.udp', transport: 'udp', port: config => config.appserver.udp }],
  media: [
    { key: 'media.ng.port', transport: 'udp', port: config => config.media.ng.port },
    { key: 'media.ngTcp.port', transport: 'tcp', port: config => config.media.ngTcp.port },
    { key: 'media.ngHttp.port', transport: 'tcp', port: config => config.media.ngHttp.port },
    { key: 'media.rtpproxy.port', transport: 'udp', port: config => config.media.rtpproxy.port },
  ],
  portal: [{ key: 'portal.http', transport: 'tcp', port: config => config.portal.http }],
  carrier: [{ key: 'carrier.udp', transport: 'udp', port: config => config.carrier.udp }],
}

const ADDRESSES: Readonly<Record<string, string>> = {
  appserver: 'appserver.address',
  portal: 'portal.address',
  carrier: 'carrier.address',
  media: 'listen, or the address of media.ng, media.ngTcp, media.ngHttp or media.rtpproxy',
}
