/** Certificates and keys of the tests; `certificates/make.sh` says what each is for. */
import { readFileSync } from 'node:fs'
import type { Certificate } from '../src/index.ts'

function read(file: string): string {
  return readFileSync(new URL(`certificates/${file}`, import.meta.url), 'utf8')
}

export const authority: string = read('authority.pem')

/** `server`: sip:example.test, sip.example.test, loopback; `renewed` the same, later; `other`: other.test, *.wild.test; `carrier`: sip:carrier.test. */
export function certificate(name: 'server' | 'renewed' | 'other' | 'carrier' | 'expired' | 'stranger'): Certificate {
  return { cert: read(`${name}.pem`), key: read(`${name}.key`) }
}
