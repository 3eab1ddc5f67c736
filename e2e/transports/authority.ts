/** An authority of the tests' own, and what it signs: by the openssl program, in a folder. RFC 5280, RFC 5922 §7. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../platform.ts'

/** Files in PEM, and what is in them. */
export interface Issued {
  readonly certFile: string
  readonly keyFile: string
  readonly cert: string
  readonly key: string
}

export class Authority {
  readonly #folder: string
  readonly #own: Issued

  private constructor(folder: string, own: Issued) {
    this.#folder = folder
    this.#own = own
  }

  static async make(parent: string): Promise<Authority> {
    const folder = mkdtempSync(join(parent, 'authority-'))
    return new Authority(folder, await make(folder, 'authority', ['-addext', 'keyUsage=critical,keyCertSign']))
  }

  /** PEM file for whoever is to believe it. */
  get file(): string {
    return this.#own.certFile
  }

  get cert(): string {
    return this.#own.cert
  }

  /** A certificate for `names`, such as `DNS:a.test` and `IP:127.0.0.1`; the common name is `who`. */
  issue(who: string, ...names: readonly string[]): Promise<Issued> {
    const { certFile, keyFile } = this.#own
    return make(this.#folder, who, [
      ...['-CA', certFile, '-CAkey', keyFile, '-addext', 'basicConstraints=critical,CA:FALSE'],
      ...(names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`]),
    ])
  }
}

async function make(folder: string, who: string, more: readonly string[]): Promise<Issued> {
  const [certFile, keyFile] = [join(folder, `${who}.pem`), join(folder, `${who}.key`)]
  const { code, complaint } = await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${who}`, '-out', certFile, '-keyout', keyFile, ...more],
  ])
  if (code !== 0) throw new Error(`openssl made no certificate for ${who}: ${complaint}`)
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
}
