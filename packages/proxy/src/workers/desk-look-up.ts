/** What a worker of the users' proxy looks up: passwords in its own memory, bindings and the use of nonces at the desk. RFC 3261 §10.3, §22. */
import { CallId, CSeq, type SipRequest } from '@strowger/sip-parser'
import type { ProxyOutput } from '../core/proxied.ts'
import type { Answers, Claim, Credentials, Policy } from '../core/step.ts'
import { challengesWith, checkDigest, type Digest } from '../digest.ts'
import type { Directory } from '../directory.ts'
import { edgeOf, type FlowSigner } from '../registrar/registrar.ts'
import { type DeskAnswers, type DeskQuestion, issuerOf, noncesOf } from './desk.ts'

export interface DeskLookUpOptions {
  readonly ask: <K extends DeskQuestion['kind']>(question: DeskQuestion & { kind: K }) => Promise<DeskAnswers[K]>
  readonly directory: Pick<Directory, 'credentials'>
  readonly signer: FlowSigner
  readonly boot: string
  readonly worker: number
  readonly nonceKey: Uint8Array
  readonly nonceSeconds: number
}

type Verdict = ReturnType<Policy['checkDigest']>

export class DeskLookUp {
  readonly #options: DeskLookUpOptions
  /** What was found of a request before its step is run again. */
  readonly #verdicts = new WeakMap<SipRequest, Verdict>()
  /** Requests whose nonce is being asked about: one that is sent again meanwhile is the same use. */
  readonly #asking = new Map<string, Promise<Verdict>>()
  readonly digest: Digest

  constructor(options: DeskLookUpOptions) {
    this.#options = options
    const nonces = noncesOf(issuerOf(options.boot, options.worker), options)
    this.digest = {
      challenges: challengesWith(nonces),
      checkDigest: request => this.#verdicts.get(request) ?? 'absent',
    }
  }

  lookUp({ effect, context }: ProxyOutput & { kind: 'perform' }, policy: Policy): Promise<Answers> | Answers {
    const { ask, directory, signer } = this.#options
    switch (effect.ask) {
      case 'credentials':
        return this.#credentials(context.request, directory.credentials(effect.username, effect.domain), {
          user: `${effect.username}@${effect.domain}`,
          source: context.from.remote.address,
        })
      case 'location':
        return ask({ kind: 'location', aor: effect.aor }).then(location => ({ location }))
      case 'bind': {
        const request = Uint8Array.from(context.request.wire)
        return ask({ kind: 'bind', aor: effect.aor, request, edge: edgeOf(context, policy, signer) }).then(bind => ({ bind }))
      }
      default:
        return {}
    }
  }

  async #credentials(request: SipRequest, credentials: Credentials | 'unknown', who: Claim): Promise<Answers> {
    this.#verdicts.set(request, await this.#once(request, () => this.#verdict(request, credentials, who)))
    return { credentials }
  }

  #once(request: SipRequest, find: () => Promise<Verdict>): Promise<Verdict> {
    const { headers } = request
    const key = [headers.get(CallId), headers.get(CSeq)?.sequence, request.method, headers.raw('Via')[0]].join(' ')
    const known = this.#asking.get(key)
    if (known !== undefined) return known
    const asked = find().finally(() => this.#asking.delete(key))
    this.#asking.set(key, asked)
    return asked
  }

  /** The desk counts the uses of nonces, and wrong passwords. */
  async #verdict(request: SipRequest, credentials: Credentials | 'unknown', who: Claim): Promise<Verdict> {
    const { ask } = this.#options
    let used: { readonly nonce: string; readonly count: number | undefined } | undefined
    const { verdict, nonce } = checkDigest(request, credentials, (text, count) => {
      used = { nonce: text, count }
      return 'ok'
    })
    if (verdict === 'wrong') return ask({ kind: 'guess', nonce, ...who })
    if (used === undefined) return verdict
    const state = await ask({ kind: 'nonce', ...used, ...who })
    if (state === 'barred') return 'barred'
    return state === 'ok' ? 'ok' : 'stale'
  }
}
