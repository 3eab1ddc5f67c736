/** Where an endpoint turned out to listen, as text and as the URIs under which it is reached. RFC 3261 §18.1.1, §19.1.1. */
import type { Hop } from '@strowger/sip-transaction'
import type { SipEndpoint } from './endpoint.ts'
import { formatListen, type parseListen } from './listen-address.ts'
import { localAddressFor } from './local-address.ts'

/** What `parseListen` reads. */
export type ListenPlace = ReturnType<typeof parseListen>

/** Sockets that only connect are not listened on. `places`: all that `endpoint` was opened with, in that order. `user`: whose URIs they are. */
export function listenedOn(
  endpoint: Pick<SipEndpoint, 'localsOf'>,
  places: readonly ListenPlace[],
  user?: string,
): { readonly on: readonly string[]; readonly uris: readonly string[] } {
  const listening = bound(endpoint, places).filter(({ connectOnly }) => !connectOnly)
  return {
    on: listening.map(({ transport, address, port }) => formatListen(transport, address, port)),
    uris: listening.map(place => listenUri(place, user)),
  }
}

/** Each with the port that its own socket was given. */
export function bound(endpoint: Pick<SipEndpoint, 'localsOf'>, places: readonly ListenPlace[]): ListenPlace[] {
  const seen = new Map<Hop['transport'], number>()
  return places.map(place => {
    const nth = seen.get(place.transport) ?? 0
    seen.set(place.transport, nth + 1)
    return { ...place, ...endpoint.localsOf(place.transport)[nth] }
  })
}

/** `sip:127.0.0.1:5060`; `;transport=` says what is not UDP. On a wildcard socket, by the address of an interface. */
function listenUri(place: ListenPlace, user: string | undefined): string {
  const { address, port } = localAddressFor([place]) ?? place
  const host = address.includes(':') ? `[${address}]` : address
  const who = user === undefined ? '' : `${user}@`
  return `sip:${who}${host}:${port}${place.transport === 'UDP' ? '' : `;transport=${place.transport.toLowerCase()}`}`
}
