/** What a failed connection means and what to do about it. RFC 5922 §7.3, RFC 8446 §6.2. */
import type { NamedAddress } from './flow.ts'
import { TransportError } from './transport-error.ts'

/** `code` stays that of the system, of OpenSSL or of ours. */
export function connectionError(error: Error, transport: string, { address, port, name }: NamedAddress): TransportError {
  const { code = 'EIO' } = error as NodeJS.ErrnoException
  const secure = transport === 'TLS' || transport === 'WSS'
  const advice = ADVICE[code] ?? (secure && NO_HANDSHAKE.test(code) ? NO_TLS : undefined)
  const place = `${transport.toLowerCase()}:${address.includes(':') ? `[${address}]` : address}:${port}`
  const who = name === undefined || name === address ? place : `${name} (${place})`
  return new TransportError(code, `${who}: ${plainly(error.message)}${advice === undefined ? '' : `; ${advice}`}`, { cause: error })
}

/** Without the advice that newer versions of Node add, which is about programs that have command lines of their own. */
function plainly(message: string): string {
  return message.replace(/; if the root CA is installed locally.*$/s, '')
}

const UNKNOWN_AUTHORITY =
  'give the certificate of whoever signed it as tls.ca, or set tls.verify to "nothing" where anybody may be at the other end'
const NO_TLS = 'perhaps the port does not speak TLS, or only versions before 1.2'

const NO_HANDSHAKE = /^(ERR_SSL.*|EPROTO|ETIMEDOUT)$/

const ADVICE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: 'the other side has to renew its certificate; compare the clocks',
  CERT_NOT_YET_VALID: 'compare the clocks of both sides',
  'wrong-certificate': 'connect to the domain the certificate is for, or set tls.verify to "chain"',
  ECONNREFUSED: 'nobody listens there',
}
