/** Who a phone is: its address, its password, and where its sockets are reached. RFC 3261 §8.1.1.3, §8.1.1.8, §22.1. */
import { formatUri } from '@strowger/sip-parser'
import type { UserAgentOptions } from '@strowger/sip-ua/call'
import type { AnsweringOptions } from '@strowger/sip-ua/digest'
import type { Account } from '@strowger/sip-ua/events'
import { nodeHash, nodeRandom, nodeToken } from '@strowger/sip-ua/node'
import { defined } from '../defined.ts'
import type { SipEndpoint } from '../endpoint.ts'
import { parseListen } from '../listen-address.ts'
import { type ListenPlace, listenedOn } from '../listen-uri.ts'
import { uriOf } from '../uri-of.ts'
import type { PhoneOptions } from './phone-options.ts'

export class PhoneIdentity {
  readonly on: readonly string[]
  readonly uris: readonly string[]
  readonly contact: string
  readonly aor: string
  /** The domain of `aor`. RFC 3261 §10.2. */
  readonly registrar: string
  /** Nobody can open a connection to us: what is for us comes by those that we have opened. */
  readonly isReachedByFlow: boolean
  readonly username: string
  readonly password: string | undefined
  readonly realm: string | undefined
  readonly expiresSeconds: number
  /** The flow it registers, for outbound. RFC 5626 §4.2. */
  readonly outbound: { readonly instance: string; readonly regId: number } | undefined
  readonly #options: PhoneOptions

  /** @throws {TransportError} `no-target` when `aor` is no URI. */
  constructor(endpoint: SipEndpoint, options: PhoneOptions) {
    const { on, aor, username, password, realm, expiresSeconds = 3600, instance, regId = 1 } = options
    const { scheme, user, host, port } = uriOf(aor)
    const [first, ...more] = on
    const places = [parseListen(first), ...more.map(parseListen)] as const
    const listened = listenedOn(endpoint, places, user)
    this.on = listened.on
    this.uris = listened.uris
    this.contact = contactOn(listened.uris, places[0], user)
    this.aor = aor
    this.registrar = formatUri({ scheme, host, ...defined({ port }), params: new Map(), headers: new Map() })
    this.isReachedByFlow = places[0].connectOnly === true
    this.username = username ?? user ?? ''
    this.password = password
    this.realm = realm
    this.expiresSeconds = expiresSeconds
    this.outbound = instance === undefined ? undefined : { instance, regId }
    this.#options = options
  }

  /** Whose password it is; `undefined` without one. */
  get account(): Account | undefined {
    const { username, password, realm } = this
    return password === undefined ? undefined : { username, password, hash: nodeHash, ...defined({ realm }) }
  }

  /** How challenges are answered; `undefined` without a password. */
  get answering(): AnsweringOptions | undefined {
    const { account } = this
    return account && { userOf: realm => this.#userOf(realm), hash: nodeHash, token: nodeToken }
  }

  /** For the agent, but for its layer and its ways. */
  agentOptions(): Omit<UserAgentOptions, 'layer' | 'hop'> {
    const { sessionTimer, reliable, pracks, methods, events, unansweredSeconds, product, timers } = this.#options
    return {
      ...defined({ sessionTimer, reliable, pracks, methods, events, unansweredSeconds, product, timers }),
      token: nodeToken,
      random: nodeRandom,
      hash: nodeHash,
      contact: this.contact,
      ...(this.password !== undefined && { credentials: realm => this.#userOf(realm) }),
    }
  }

  #userOf(realm: string): { readonly username: string; readonly password: string } | undefined {
    const { username, password } = this
    return password === undefined || (this.realm !== undefined && realm !== this.realm) ? undefined : { username, password }
  }
}

/** On the first of our sockets (RFC 3261 §8.1.1.8); who is only reached by the connections it opened has no address to give (RFC 7118 §5.2). */
function contactOn([first]: readonly string[], place: ListenPlace, user: string | undefined): string {
  if (first !== undefined && !place.connectOnly) return first
  return `sip:${user === undefined ? '' : `${user}@`}${nodeToken()
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, '')}.invalid;transport=${place.transport.toLowerCase()}`
}
