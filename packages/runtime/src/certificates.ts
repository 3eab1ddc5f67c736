/** The certificate the proxies show over TLS: the files the configuration names, or a self-signed one made at the first start. RFC 5280, RFC 5922 §7. */
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join, sep } from 'node:path'
import type { Config } from './config/schema.ts'

/** All that is shown and believed over TLS, in PEM. */
export interface TlsFiles extends CertificatePair {
  /** Shown to who asks for a name in them. RFC 6066 §3. */
  readonly certificates: readonly CertificatePair[]
  /** Whom we believe; absent: the authorities that Node.js brings. */
  readonly ca?: readonly string[]
}

/** PEM: a chain, and the private key of its first certificate. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/**
 * Reads the files of `tls`. When both are missing and lie together in the data folder, makes them: P-256, ten years, for the addresses and
 * names of this machine. @throws Error that names the file and what to do.
 */
export async function loadCertificate(config: Pick<Config, 'tls' | 'data' | 'listen'>): Promise<TlsFiles> {
  const { cert, key } = config.tls
  if (!existsSync(cert) && !existsSync(key) && isOurs(config)) await makeFiles(config)
  return readFiles(config)
}

/**
 * Gives each newer set of files to `change`, and to `fail` why one cannot be used: the earlier one goes on then. Looked at every `everyMs`.
 * Returns what ends it.
 */
export function watchCertificate(
  { tls }: Pick<Config, 'tls'>,
  change: (files: TlsFiles) => void,
  fail: (error: unknown) => void,
  everyMs = 10_000,
): () => void {
  const watched = [tls, ...tls.certificates].flatMap(({ cert, key }) => [cert, key]).concat(tls.ca)
  let known = stampOf(...watched)
  const timer = setInterval(() => {
    const stamp = stampOf(...watched)
    if (stamp === known) return
    known = stamp
    try {
      change(readFiles({ tls }))
    } catch (error) {
      fail(error)
    }
  }, everyMs).unref()
  return () => clearInterval(timer)
}

function isOurs({ tls: { cert, key }, data }: Pick<Config, 'tls' | 'data'>): boolean {
  return dirname(cert) === dirname(key) && cert.startsWith(data + sep)
}

function readFiles({ tls: { cert, key, certificates, ca } }: Pick<Config, 'tls'>): TlsFiles {
  const more = certificates.map((pair, i) => readPair(pair.cert, pair.key, `tls.certificates.${i}`))
  const authorities = ca.map((file, i) => readAuthority(file, `tls.ca.${i}`))
  return { ...readPair(cert, key, 'tls'), certificates: more, ...(ca.length > 0 && { ca: authorities }) }
}

function readAuthority(file: string, setting: string): string {
  const text = read(file, setting)
  parsed(() => new X509Certificate(text), file, 'a PEM certificate')
  return text
}

function readPair(certFile: string, keyFile: string, setting: string): CertificatePair {
  const cert = read(certFile, `${setting}.cert`)
  const key = read(keyFile, `${setting}.key`)
  const first = parsed(() => new X509Certificate(cert), certFile, 'a PEM certificate')
  const own = parsed(() => createPrivateKey(key), keyFile, 'a PEM private key without a passphrase')
  if (!first.checkPrivateKey(own))
    throw new Error(`${keyFile} is not the key of ${certFile}: set ${setting}.cert and ${setting}.key to a pair`)
  return { cert, key }
}

function read(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new Error(
      `${file} cannot be read (${reason}): set ${setting} in the configuration to a PEM file${setting.startsWith('tls.c') && setting !== 'tls.cert' ? '' : ', or remove both files to have a pair made'}`,
    )
  }
}

function parsed<T>(make: () => T, file: string, wanted: string): T {
  try {
    return make()
  } catch (error) {
    throw new Error(`${file} is not ${wanted}: ${(error as Error).message}`, { cause: error })
  }
}

function stampOf(...files: readonly string[]): string {
  return files.map(file => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join(' ')
}

/** Both files or none: two processes may start at once, and whoever moves its folder into place first has made them. */
async function makeFiles({ tls: { cert, key }, listen }: Pick<Config, 'tls' | 'listen'>): Promise<void> {
  const folder = dirname(cert)
  mkdirSync(dirname(folder), { recursive: true })
  const draft = mkdtempSync(`${folder}.`)
  const pair = await selfSigned(listen)
  writeFileSync(join(draft, basename(key)), pair.key, { mode: 0o600 })
  writeFileSync(join(draft, basename(cert)), pair.cert)
  try {
    renameSync(draft, folder)
  } catch (error) {
    if (!existsSync(cert))
      throw new Error(`${cert} and ${key} are missing and cannot be made: ${(error as Error).message}`, { cause: error })
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** The certificate library is loaded only here: no other start pays for it. */
async function selfSigned(listen: string): Promise<CertificatePair> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const names = [...new Set(['localhost', 'demo.localhost', hostname().toLowerCase()])]
  const addresses = [...new Set(['127.0.0.1', '::1', listen])]
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: `01${randomBytes(15).toString('hex')}`,
      name: 'CN=Strowger, self-signed',
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + 3650 * DAY_MS),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension([
          ...names.map(value => ({ type: 'dns' as const, value })),
          ...addresses.map(value => ({ type: 'ip' as const, value })),
        ]),
      ],
    },
    webcrypto as unknown as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[1],
  )
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return { cert: `${certificate.toString('pem')}\n`, key: `${key}\n` }
}

const DAY_MS = 86_400_000
