/** Passwords of terminals: made at random, kept only as digest hashes. RFC 7616 §3.4.2, RFC 8760 §2 */
import { createHash, randomInt } from 'node:crypto'

/** No letters that look like another on a phone's display. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** 20 characters, 115 bits. */
export function generatePassword(): string {
  return Array.from({ length: 20 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** H(username ":" realm ":" password) of both algorithms; the realm is the domain. */
export function digestHashes(username: string, domain: string, password: string): { ha1Md5: string; ha1Sha256: string } {
  const a1 = `${username}:${domain}:${password}`
  return { ha1Md5: createHash('md5').update(a1).digest('hex'), ha1Sha256: createHash('sha256').update(a1).digest('hex') }
}
