/** What a client's cookies begin with: 64 bits, because they must differ between clients and restarts. */
import { randomBytes } from 'node:crypto'

export function cookiePrefix(): string {
  return randomBytes(8).toString('hex')
}
