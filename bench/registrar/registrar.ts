/**
 * A registrar in memory, with digest or without, and with the platform's database behind it where a folder is given. RFC 3261 §10.3, §22.
 * Run: `node registrar.ts 127.0.0.1:5060 digest|open [FOLDER]`. Every user's password is `secret`.
 */
import { parseUri, To } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { type Core, type CoreOutput, SipEndpoint } from '@strowger/sip-transport'
import { Authenticator, ha1, Nonces } from '@strowger/sip-ua/digest'
import { nodeHash, nodeSign, nodeToken } from '@strowger/sip-ua/node'
import { type Binding, Registrar } from '@strowger/sip-ua/registrar'
import { bindingKey, openStore, type Store } from '@strowger/store'

const REALM = 'bench.test'
const LIMITS = { maxContacts: 1 }
const SWEEP_MS = 10_000

class RegistrarCore implements Core {
  readonly #layer: SipEndpoint['layer']
  readonly #door: Authenticator<'MD5'> | undefined
  readonly #registrar: Registrar

  constructor(layer: SipEndpoint['layer'], registrar: Registrar, door: Authenticator<'MD5'> | undefined) {
    this.#layer = layer
    this.#registrar = registrar
    this.#door = door
  }

  onOutput(output: CoreOutput): void {
    if (output.kind === 'request') this.#answer(output.incoming)
  }

  /** Nothing is remembered of a REGISTER but what it changes: a stateless registrar. RFC 3261 §8.2.7. */
  #answer(incoming: Incoming): void {
    const { request } = incoming
    if (request.method !== 'REGISTER') return this.#layer.replyStateless(incoming, { status: 405, headers: [['Allow', 'REGISTER']] })
    const now = Date.now()
    const { user, host } = request.headers.get(To)!.uri
    const who = this.#door?.check(request, now)
    if (who?.kind === 'ask') {
      const headers = who.values.map(value => [who.header, value] as const)
      return this.#layer.replyStateless(incoming, { status: who.status, headers })
    }
    if (host !== REALM || (who !== undefined && (who.kind !== 'user' || who.username !== user)))
      return this.#layer.replyStateless(incoming, { status: 403 })
    this.#layer.replyStateless(incoming, this.#registrar.register(request, `${user}@${host}`, now))
  }
}

/** H(A1) is computed each time, as the peer does; a database keeps it. */
function newDoor(): Authenticator<'MD5'> {
  const nonces = new Nonces({ issuer: nodeToken(), sign: nodeSign() })
  const ha1Of = (username: string): string => ha1(nodeHash, 'MD5', username, REALM, 'secret')
  return new Authenticator({ realm: REALM, nonces, hash: nodeHash, algorithms: ['MD5'], ha1Of })
}

/** As the platform's proxy writes them down. */
function save(store: Store, aor: string, before: readonly Binding[], after: readonly Binding[]): void {
  const kept = new Set(after.map(bindingKey))
  for (const binding of before) if (!kept.has(bindingKey(binding))) store.bindings.remove(aor, bindingKey(binding))
  for (const binding of after) if (!before.includes(binding)) store.bindings.upsert(binding)
}

const [listen = '', mode, folder] = process.argv.slice(2)
const { host: address, port } = parseUri(`sip:${listen}`) ?? {}
if (address === undefined || port === undefined) throw new TypeError(`ADDRESS:PORT, not ${listen}`)
const store = folder === undefined ? undefined : await openStore({ data: folder, store: { kind: 'sqlite', file: 'registrar.db' } })
const registrar = new Registrar({
  limits: LIMITS,
  ...(store && { changed: (aor, before, after) => save(store, aor, before, after) }),
})
setInterval(() => registrar.sweep(Date.now()), SWEEP_MS).unref()
const endpoint = await SipEndpoint.open({
  listen: [{ transport: 'UDP', address, port }],
  // As the platform's proxies.
  udp: { shareWakeUpsUs: 250 },
  core: ({ layer }) => new RegistrarCore(layer, registrar, mode === 'digest' ? newDoor() : undefined),
})
process.once('SIGTERM', () => void endpoint.close().then(() => store?.close()))
