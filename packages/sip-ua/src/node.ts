/** What the pure package needs of Node: digests, keyed signatures and random tokens. RFC 7616 §3.3, RFC 3261 §19.3. */
import { hash, randomBytes } from 'node:crypto'
import type { DigestHash } from './digest/hash.ts'

/** MD5, SHA-256 and SHA-512/256 in hexadecimal, for `authorize`, `verify` and `ha1`. */
export const nodeHash: DigestHash = (algorithm, text) => hash(NAMES[algorithm], text)

/** 96 random bits as a token, for tags, Call-IDs and cnonces. */
export function nodeToken(): string {
  return randomBytes(12).toString('base64url')
}

/**
 * Keyed hash for {@link Nonces}: 132 bits of SHA-256 over the key, 256 bits as text, and what is to be signed. The half that is left out keeps
 * a signed text from being made longer, so HMAC's second hash is not needed. Without a key, one that lives as long as the process.
 */
export function nodeSign(key: Uint8Array = randomBytes(32)): (text: string) => string {
  const secret = hash('sha256', key)
  return text => hash('sha256', secret + text, 'base64url').slice(0, 22)
}

/** Uniform in [0, 1), for back-off (RFC 5626 §4.5) and glare (RFC 3261 §14.1). */
export function nodeRandom(): number {
  return randomBytes(4).readUInt32BE() / 2 ** 32
}

const NAMES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const
