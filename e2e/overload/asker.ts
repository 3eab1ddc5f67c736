/** Somebody outside who asks by OPTIONS and INVITE, and phones that are held by the test itself. RFC 3261 §11. */
import { type Endpoint, listen, openPhone, type Phone } from '@strowger/sip-transport'
import type { Platform } from '../platform.ts'

export const SDP: Uint8Array = Buffer.from(
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n',
)

export interface Answer {
  readonly status: number
  /** Empty when there is none. */
  readonly retryAfter: string
}

export class Asker {
  readonly #endpoint: Endpoint

  private constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  static async open(): Promise<Asker> {
    return new Asker(await listen({ on: ['udp:127.0.0.1:0'] }))
  }

  /** @param at `address:port`. */
  async ask(method: 'OPTIONS' | 'INVITE', at: string, user = ''): Promise<Answer> {
    const { status, headers } = await this.#endpoint.request({ method, uri: `sip:${user === '' ? '' : `${user}@`}${at}` })
    return { status, retryAfter: headers.raw('Retry-After')[0] ?? '' }
  }

  stop(): Promise<void> {
    return this.#endpoint.close()
  }
}

/** One of the demo's users at the users' proxy. */
export function phoneOf(platform: Platform, user: string): Promise<Phone> {
  return openPhone({
    on: ['udp:127.0.0.1:0'],
    aor: `sip:${user}@${platform.demo.domain}`,
    password: platform.password(user),
    proxy: `sip:${platform.users}`,
  })
}

/** What a role says of itself. */
export async function detailOf(platform: Platform, role: string): Promise<Readonly<Record<string, unknown>>> {
  const { roles } = await platform.health()
  return (roles[role] as unknown as { detail?: Readonly<Record<string, unknown>> } | undefined)?.detail ?? {}
}
