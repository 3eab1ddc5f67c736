/**
 * The header in which a proxy's probe says where it is, signed: its UDP port may change while it runs, and the application server sends there
 * from then on. RFC 3261 §18.2.
 *
 * `Strowger-Place: TOKEN`. It is good for a minute, from that very place.
 */
import type { Keys } from './secret.ts'
import { signToken, verifyToken } from './token.ts'

/** Name of the header field. */
export const PLACE_HEADER = 'Strowger-Place'

/** Which proxy, and where it sends from and listens. */
export interface ProxyPlace {
  readonly side: 'users' | 'trunks'
  readonly address: string
  readonly port: number
}

/** Value of the header. @param now UTC milliseconds. */
export function signPlace({ side, address, port }: ProxyPlace, keys: Keys, now: number): string {
  return signToken([KIND, side, address, port, Math.floor(now / 1000)].join('|'), keys)
}

/** Undefined where no key of ours signed it, or not within the last minute. */
export function readPlace(value: string, keys: Keys, now: number): ProxyPlace | undefined {
  const [kind, side, address = '', port, seconds] = verifyToken(value.trim(), keys)?.split('|') ?? []
  if (kind !== KIND || (side !== 'users' && side !== 'trunks')) return undefined
  const age = now - Number(seconds) * 1000
  return age > MAX_AGE || age < -MAX_AHEAD ? undefined : { side, address, port: Number(port) }
}

/** Other tokens begin with other letters. */
const KIND = 'p'
const MAX_AGE = 60_000
const MAX_AHEAD = 5000
