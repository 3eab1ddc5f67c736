/** A registrar in a few lines: asks for a password and keeps what it is told. RFC 3261 §10.3, RFC 7616 §3.3. */
import { Authorization, WwwAuthenticate } from '@strowger/sip-parser'
import { type Endpoint, type IncomingRequest, listen } from '@strowger/sip-transport'
import { challenges, DIGEST_ALGORITHMS, type DigestName, ha1, Nonces, type Qop, verify } from '@strowger/sip-ua/digest'
import { nodeHash, nodeSign, nodeToken } from '@strowger/sip-ua/node'

export interface RegistrarOptions {
  /** Default MD5 and SHA-256. */
  readonly algorithms?: readonly DigestName[]
  readonly qop?: readonly Qop[]
}

export class Registrar {
  /** `127.0.0.1:PORT`, for UDP and TCP. */
  readonly address: string
  /** Who is where. */
  readonly bindings: Map<string, string> = new Map()
  /** How the last one proved who it is. */
  proof: ReadonlyMap<string, string> = new Map()
  readonly #endpoint: Endpoint
  readonly #options: RegistrarOptions
  readonly #nonces = new Nonces({ issuer: nodeToken(), sign: nodeSign() })

  static async open(options: RegistrarOptions = {}): Promise<Registrar> {
    return new Registrar(await listen({ on: ['udp:127.0.0.1:0'] }), options)
  }

  private constructor(endpoint: Endpoint, options: RegistrarOptions) {
    this.#endpoint = endpoint
    this.#options = options
    this.address = endpoint.on[0]!.slice('udp:'.length)
    void this.#serve()
  }

  close(): Promise<void> {
    return this.#endpoint.close()
  }

  async #serve(): Promise<void> {
    for await (const incoming of this.#endpoint.requests) {
      if (incoming.request.method === 'REGISTER') this.#register(incoming)
      else incoming.respond(405, { headers: { Allow: 'REGISTER' } })
    }
  }

  #register({ request, respond }: IncomingRequest): void {
    const { algorithms = DIGEST_ALGORITHMS, qop = ['auth'] } = this.#options
    const authorization = request.headers.get(Authorization)
    const user = authorization?.params.get('username') ?? ''
    const verdict =
      authorization &&
      verify<DigestName>({
        authorization,
        method: 'REGISTER',
        realm: REALM,
        hash: nodeHash,
        body: request.body,
        algorithms,
        qop,
        ha1Of: algorithm => ha1(nodeHash, algorithm, user, REALM, 'secret'),
        nonceOk: (nonce, nc) => this.#nonces.check(nonce, nc, performance.now()),
      })
    if (authorization === undefined || verdict !== 'ok') {
      const asked = challenges({ realm: REALM, nonce: this.#nonces.issue(performance.now()), qop }, algorithms)
      return respond(401, { headers: { 'WWW-Authenticate': asked.map(value => WwwAuthenticate.encode(value)) } })
    }
    this.proof = authorization.params
    const [contact = ''] = request.headers.raw('Contact')
    this.bindings.set(user, contact)
    respond(200, { headers: { Contact: contact } })
  }
}

const REALM = 'phones.example'
