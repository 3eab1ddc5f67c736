/** `udp:ADDRESS:PORT` and `tcp:ADDRESS:PORT` as text. RFC 3261 §18. */
import type { ListenAddress } from './transport.ts'
import { TransportError } from './transport-error.ts'

/** @throws {TransportError} `bad-listen`. */
export function parseListen(text: string): ListenAddress & { readonly port: number } {
  const match = /^(udp|tcp):(\[[0-9a-fA-F:.%]+\]|[0-9.]+):(\d{1,5})$/.exec(text)
  if (match === null) throw new TransportError('bad-listen', `"${text}" is not udp:ADDRESS:PORT or tcp:ADDRESS:PORT`)
  return { transport: match[1] === 'udp' ? 'UDP' : 'TCP', address: match[2]!.replace(/^\[|\]$/g, ''), port: Number(match[3]) }
}
