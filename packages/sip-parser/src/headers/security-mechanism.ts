/** One way to secure the first hop, and its parameters: `ipsec-3gpp;q=0.1;alg=hmac-sha-1-96`. RFC 3329 §2.2. */
import type { Cursor } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'
import { checkOnce, formatParam, formatQuoted, type Params } from './params.ts'

export interface SecurityMechanism {
  /** `digest`, `tls`, `ipsec-ike`, `ipsec-man`, `ipsec-3gpp`; lower-cased. */
  readonly mechanism: string
  /** `q`, `d-alg`, `d-qop`, `d-ver` and what the mechanism adds. */
  readonly params: Params
}

export function decodeMechanism(at: Cursor): SecurityMechanism | undefined {
  const mechanism = at.token().toLowerCase()
  const params = at.params()
  return at.ended ? { mechanism, params } : undefined
}

export function encodeMechanism({ mechanism, params }: SecurityMechanism): string {
  let text = checkToken(mechanism, 'A mechanism')
  for (const [name, value] of params) {
    checkOnce(name, params)
    text += name === 'd-ver' ? formatQuoted(name, value) : formatParam(name, value)
  }
  return text
}
