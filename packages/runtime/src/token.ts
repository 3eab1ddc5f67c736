/** Signed text for routes and flow tokens: `KEY.PAYLOAD.MAC`, all of it safe in the user part of a URI and in a parameter. RFC 3261 §25.1 unreserved. */
import { type Keys, mac, sameMac } from './secret.ts'

const PURPOSE = 'strowger token 1'

/** @param payload any text; it is readable by whoever sees the token. The result has 30 characters more than 4/3 of its bytes. */
export function signToken(payload: string, keys: Keys): string {
  const { signing } = keys
  return `${signing.id}.${Buffer.from(payload).toString('base64url')}.${mac(signing, PURPOSE, [payload])}`
}

/** The payload, or undefined when no accepted key signed it. */
export function verifyToken(token: string, keys: Keys): string | undefined {
  const [id, encoded, signature, ...more] = token.split('.')
  if (encoded === undefined || signature === undefined || more.length > 0) return undefined
  const key = keys.accepted.find(candidate => candidate.id === id)
  if (key === undefined) return undefined
  const payload = Buffer.from(encoded, 'base64url').toString()
  return sameMac(mac(key, PURPOSE, [payload]), signature) ? payload : undefined
}
