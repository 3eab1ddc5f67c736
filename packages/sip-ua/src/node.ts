/** What the pure package needs of Node: digests, keyed signatures and random tokens. RFC 7616 §3.3, RFC 3261 §19.3. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { DigestHash } from './digest/hash.ts'

/** MD5, SHA-256 and SHA-512/256 in hexadecimal, for `authorize`, `verify` and `ha1`. */
export const nodeHash: DigestHash = (algorithm, text) => createHash(NAMES[algorithm]).update(text).digest('hex')

/** 96 random bits as a token, for tags, Call-IDs and cnonces. */
export function nodeToken(): string {
  return randomBytes(12).toString('base64url')
}

/** Keyed hash for {@link Nonces}: 128 bits of HMAC-SHA-256. Without a key, one that lives as long as the process. */
export function nodeSign(key: Uint8Array = randomBytes(32)): (text: string) => string {
  return text => createHmac('sha256', key).update(text).digest().subarray(0, 16).toString('base64url')
}

/** Uniform in [0, 1), for back-off (RFC 5626 §4.5) and glare (RFC 3261 §14.1). */
export function nodeRandom(): number {
  return randomBytes(4).readUInt32BE() / 2 ** 32
}

const NAMES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const
