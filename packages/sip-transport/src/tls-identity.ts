/** Our side of TLS: which certificate we show to whom, and what we want to see. RFC 5922 §7, RFC 6066 §3. */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import {
  type ConnectionOptions,
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls'
import { provesDomain, sipNamesOf } from './certificate-names.ts'
import type { NamedAddress } from './flow.ts'
import { ServerNames } from './server-names.ts'
import type { Certificate, Certificates, Pem, TlsOptions } from './tls-options.ts'
import { TransportError } from './transport-error.ts'

export class TlsIdentity {
  readonly #options: TlsOptions
  readonly #servers: Server[] = []
  #shown: SecureContextOptions
  #names: ServerNames<SecureContext>

  /** @throws {TransportError} `bad-certificate`. */
  constructor(options: TlsOptions) {
    this.#options = options
    const { shown, names } = this.#read(options)
    this.#shown = shown
    this.#names = names
  }

  /** Takes accepted sockets (`emit('connection')`); never listens itself. @throws {TransportError} `bad-certificate` without one. */
  server(protocols?: readonly string[]): Server {
    const { clientCertificate = 'none' } = this.#options
    if (this.#shown.cert === undefined)
      throw new TransportError('bad-certificate', 'listening on TLS or WSS needs a certificate: give tls: { cert, key }')
    const server = createServer({
      ...this.#shown,
      requestCert: clientCertificate !== 'none',
      rejectUnauthorized: clientCertificate === 'required',
      ...(protocols !== undefined && { ALPNProtocols: [...protocols] }),
      SNICallback: (name, done) => done(null, this.#names.find(name)),
    })
    this.#servers.push(server)
    return server
  }

  /** For handshakes from now on. @throws {TransportError} `bad-certificate`; then nothing has changed. */
  replace(certificates: Certificates): void {
    const { shown, names } = this.#read(certificates)
    if (this.#servers.length > 0 && shown.cert === undefined)
      throw new TransportError('bad-certificate', 'the new certificates lack the one for all names: give cert and key')
    this.#shown = shown
    this.#names = names
    for (const server of this.#servers) server.setSecureContext(shown)
  }

  /** For a connection of ours. */
  towards({ address, name = address }: NamedAddress): ConnectionOptions {
    const { verify = 'domain' } = this.#options
    return {
      ...this.#shown,
      ...(isIP(name) === 0 && { servername: name }),
      rejectUnauthorized: verify !== 'nothing',
      checkServerIdentity: (_host, certificate) =>
        verify !== 'domain' || provesDomain(sipNamesOf(certificate), name) ? undefined : notFor(name, sipNamesOf(certificate)),
    }
  }

  /** What a peer whose certificate we believe is called; undefined for the others. */
  peerNames(socket: TLSSocket): readonly string[] | undefined {
    return socket.authorized ? sipNamesOf(socket.getPeerCertificate()) : undefined
  }

  /** Whether a connection to `peerNames` will do for `name`. */
  proves(peerNames: readonly string[] | undefined, name: string): boolean {
    if ((this.#options.verify ?? 'domain') !== 'domain') return true
    return peerNames !== undefined && provesDomain(peerNames, name)
  }

  #read({ cert, key, certificates = [], ca = this.#options.ca }: Certificates): {
    shown: SecureContextOptions
    names: ServerNames<SecureContext>
  } {
    const { minVersion = 'TLSv1.2' } = this.#options
    const common: SecureContextOptions = { minVersion, ...(ca !== undefined && { ca: authorities(ca) }) }
    if ((cert === undefined) !== (key === undefined))
      throw new TransportError('bad-certificate', `tls.${cert === undefined ? 'cert' : 'key'} is missing: cert and key go together`)
    const names = new ServerNames<SecureContext>()
    for (const [i, one] of certificates.entries())
      names.add(dnsNames(one, `tls.certificates[${i}]`), contextOf(common, one, `tls.certificates[${i}]`))
    if (cert === undefined || key === undefined) {
      checked(() => createSecureContext(common), 'tls.ca')
      return { shown: common, names }
    }
    contextOf(common, { cert, key }, 'tls')
    return { shown: { ...common, cert: text(cert), key: text(key) }, names }
  }
}

function contextOf(common: SecureContextOptions, { cert, key }: Certificate, where: string): SecureContext {
  return checked(() => createSecureContext({ ...common, cert: text(cert), key: text(key) }), where)
}

function dnsNames({ cert }: Certificate, where: string): readonly string[] {
  const { subjectAltName, subject } = checked(() => new X509Certificate(text(cert)), where)
  const common = /^CN=(.+)$/m.exec(subject ?? '')?.[1]
  const both = [...(subjectAltName ?? '').matchAll(/(?:DNS:|URI:sips?:)([^,"@;?]+)/g)].map(([, name]) => name!)
  return both.length > 0 || common === undefined ? both : [common]
}

function checked<T>(make: () => T, where: string): T {
  try {
    return make()
  } catch (cause) {
    const reason = (cause as Error).message
    throw new TransportError('bad-certificate', `${where}: ${reason}; cert must be a PEM certificate, key its PEM private key`, { cause })
  }
}

function authorities(ca: Pem | readonly Pem[]): string[] {
  return (Array.isArray(ca) ? (ca as readonly Pem[]) : [ca as Pem]).map(text)
}

function text(pem: Pem): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1')
}

function notFor(name: string, names: readonly string[]): Error {
  const whose = names.length === 0 ? 'nobody' : names.join(', ')
  return new TransportError('wrong-certificate', `the certificate is for ${whose}, not for ${name} (RFC 5922 §7.3)`)
}
