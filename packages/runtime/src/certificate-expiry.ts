/** Says in good time that a certificate is about to expire: in the log, and for /metrics. RFC 5280 §4.1.2.5. */
import { X509Certificate } from 'node:crypto'
import type { TlsFiles } from './certificates.ts'

/** What is worth a line in the log; once for each certificate and {@link EXPIRY_DAYS}, and once when it has expired. */
export interface ExpiryNews {
  /** As the certificate says it: `CN=sip.example.com`. */
  readonly subject: string
  /** Which it is, in hexadecimal: a renewed one has another. */
  readonly serial: string
  /** When it expires, UTC. */
  readonly expires: string
  /** Whole days that are left; negative when it has expired. */
  readonly days: number
}

interface Known extends Omit<ExpiryNews, 'days'> {
  readonly at: number
  /** The least of {@link EXPIRY_DAYS} that was said. */
  said: number
}

/** Of all that is shown: each certificate of each chain, for one that has expired in the middle is as bad. */
export class CertificateExpiry {
  readonly #say: (news: ExpiryNews) => void
  #known: readonly Known[] = []

  constructor(say: (news: ExpiryNews) => void) {
    this.#say = say
  }

  /** These are shown from now on. What was said of those that stay is not said again. */
  show({ cert, certificates }: Pick<TlsFiles, 'cert' | 'certificates'>): void {
    const before = new Map(this.#known.map(known => [known.serial + known.subject, known]))
    const all = [cert, ...certificates.map(pair => pair.cert)].flatMap(chainOf).map(one => before.get(one.serial + one.subject) ?? one)
    this.#known = [...new Map(all.map(one => [one.serial + one.subject, one])).values()]
  }

  /** Looks whether there is something to say. @param wall UTC, ms. */
  look(wall: number): void {
    for (const known of this.#known) {
      const days = Math.floor((known.at - wall) / DAY_MS)
      const due = EXPIRY_DAYS.findLast(limit => days < limit)
      if (due === undefined || due >= known.said) continue
      known.said = due
      const { subject, serial, expires } = known
      this.#say({ subject, serial, expires, days })
    }
  }

  /** Until the first of them expires; negative when it has. @param wall UTC, ms. */
  secondsLeft(wall: number): number {
    return Math.min(...this.#known.map(({ at }) => (at - wall) / 1000))
  }
}

/** Days before the end at which it is said; 0 is the end. */
export const EXPIRY_DAYS: readonly number[] = [30, 7, 1, 0]

function chainOf(pem: string): Known[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  return blocks.map(block => {
    const { subject, serialNumber, validTo } = new X509Certificate(block)
    const at = Date.parse(validTo)
    return {
      subject: subject.replaceAll('\n', ', '),
      serial: serialNumber,
      expires: new Date(at).toISOString(),
      at,
      said: Number.POSITIVE_INFINITY,
    }
  })
}

const DAY_MS = 86_400_000
