/**
 * What there is only one of in a users' proxy of several workers, kept by its main thread: the bindings, and which nonces were used how
 * often. So a REGISTER is seen by the next call on any worker, and a count is good once, whichever worker hears it. RFC 3261 §10, RFC 7616 §3.4.5.
 */
import { parse } from '@strowger/sip-parser'
import { type NonceState, Nonces } from '@strowger/sip-ua/digest'
import { nodeSign } from '@strowger/sip-ua/node'
import type { Bans } from '../brute-force/bans.ts'
import type { Claim, Reply, Target } from '../core/step.ts'
import { wasSent } from '../digest.ts'
import type { Registrar } from '../registrar/registrar.ts'

/** What a worker asks, and what it gets for it. */
export type DeskQuestion =
  | { readonly kind: 'location'; readonly aor: string }
  /** `request`: the REGISTER; `edge`: where it came by. */
  | { readonly kind: 'bind'; readonly aor: string; readonly request: Uint8Array; readonly edge: string }
  /** With the right password. */
  | ({ readonly kind: 'nonce'; readonly nonce: string; readonly count: number | undefined } & Claim)
  /** With a wrong one. */
  | ({ readonly kind: 'guess'; readonly nonce: string } & Claim)

export interface DeskAnswers {
  readonly location: readonly Target[]
  readonly bind: Reply
  readonly nonce: NonceState | 'barred'
  readonly guess: 'wrong' | 'stale' | 'barred'
}

export interface DeskOptions {
  readonly registrar: Pick<Registrar, 'locate' | 'register'>
  /** What workers sign nonces with. */
  readonly nonceKey: Uint8Array
  readonly nonceSeconds: number
  readonly bans: Bans
  /** UTC ms. */
  readonly wall: () => number
}

export class Desk {
  readonly #options: DeskOptions
  /** By the worker that issued them, alive or not. */
  readonly #nonces = new Map<string, Nonces>()

  constructor(options: DeskOptions) {
    this.#options = options
  }

  answer(question: DeskQuestion): DeskAnswers[DeskQuestion['kind']] {
    const wall = this.#options.wall()
    switch (question.kind) {
      case 'location':
        return this.#options.registrar.locate(question.aor, wall)
      case 'bind':
        return this.#bind(question.aor, question.request, question.edge, wall)
      case 'nonce':
        return this.#use(question, wall)
      case 'guess':
        return this.#guess(question, wall)
    }
  }

  /** The worker has read it already. */
  #bind(aor: string, bytes: Uint8Array, edge: string, wall: number): Reply {
    const request = parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    return request.kind === 'request' ? this.#options.registrar.register(request, aor, edge, wall) : { status: 400 }
  }

  #use({ nonce, count, user, source }: DeskQuestion & { readonly kind: 'nonce' }, wall: number): NonceState | 'barred' {
    const { bans } = this.#options
    if (bans.bars(user, source, wall)) return 'barred'
    const state = this.#noncesOf(nonce, source)?.check(nonce, count, wall, source) ?? 'foreign'
    if (state === 'ok') bans.passed(user, source)
    return state
  }

  #guess({ nonce, user, source }: DeskQuestion & { readonly kind: 'guess' }, wall: number): DeskAnswers['guess'] {
    const { bans } = this.#options
    if (bans.bars(user, source, wall)) return 'barred'
    if (this.#noncesOf(nonce, source) === undefined) return 'stale'
    bans.failed(user, source, wall)
    return 'wrong'
  }

  /** Only for names that workers have: what is made up takes no memory. */
  #noncesOf(nonce: string, source: string): Nonces | undefined {
    const issuer = nonce.slice(0, nonce.indexOf('.'))
    if (!ISSUER.test(issuer)) return undefined
    const nonces = this.#nonces.get(issuer) ?? noncesOf(issuer, this.#options)
    if (!wasSent(nonces, nonce, this.#options.wall(), source)) return undefined
    this.#nonces.set(issuer, nonces)
    return nonces
  }
}

/** What a worker makes its nonces with. */
export function noncesOf(issuer: string, { nonceKey, nonceSeconds }: Pick<DeskOptions, 'nonceKey' | 'nonceSeconds'>): Nonces {
  return new Nonces({ issuer, sign: nodeSign(nonceKey), lifetimeMs: nonceSeconds * 1000 })
}

/** The `issuer` of a worker's nonces. */
export function issuerOf(boot: string, worker: number): string {
  return `${boot}-${worker}`
}

const ISSUER = /^[0-9a-f]+-\d+$/
