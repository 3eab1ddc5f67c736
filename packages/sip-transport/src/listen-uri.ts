/** Where an endpoint turned out to listen, as text and as the URIs under which it is reached. RFC 3261 §18.1.1, §19.1.1. */
import type { SipEndpoint } from './endpoint.ts'
import { formatListen, type parseListen } from './listen-address.ts'

/** What `parseListen` reads. */
export type ListenPlace = ReturnType<typeof parseListen>

/** Sockets that only connect are not listened on. `user`: whose URIs they are. */
export function listenedOn(
  endpoint: SipEndpoint,
  places: readonly ListenPlace[],
  user?: string,
): { readonly on: readonly string[]; readonly uris: readonly string[] } {
  const listening = places.filter(({ connectOnly }) => !connectOnly)
  return {
    on: listening.map(place => {
      const { address, port } = place.port === 0 ? endpoint.localFor(place.transport) : place
      return formatListen(place.transport, address, port)
    }),
    uris: listening.map(place => listenUri(endpoint, place, user)),
  }
}

/** `sip:127.0.0.1:5060`; `;transport=` says what is not UDP. On a wildcard socket, by the address of an interface. */
export function listenUri(endpoint: SipEndpoint, { transport, address, port }: ListenPlace, user?: string): string {
  const local = endpoint.localFor(transport)
  const isKnown = port !== 0 && !WILDCARDS.has(address)
  const reached = isKnown ? { address, port } : { address: local.address, port: port || local.port }
  const host = reached.address.includes(':') ? `[${reached.address}]` : reached.address
  const who = user === undefined ? '' : `${user}@`
  return `sip:${who}${host}:${reached.port}${transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`}`
}

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
