import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type CertificatePair, configFrom, loadCertificate, watchCertificate } from '../src/index.ts'

const folders: string[] = []

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function config(tls: object = {}) {
  const data = mkdtempSync(join(tmpdir(), 'certificate-'))
  folders.push(data)
  return configFrom({ data, listen: '127.0.0.7', tls })
}

describe('more certificates and authorities', () => {
  test('are read with it; what is wrong with one names its place', async () => {
    const other = config()
    const pair = await loadCertificate(other)
    const more = { certificates: [{ cert: other.tls.cert, key: other.tls.key }], ca: [other.tls.cert] }
    const named = config(more)
    expect(await loadCertificate(named)).toMatchObject({ certificates: [{ cert: pair.cert, key: pair.key }], ca: [pair.cert] })
    const lost = config({ ...more, ca: [other.tls.cert, '/nowhere/ca.pem'] })
    await expect(loadCertificate(lost)).rejects.toThrow('/nowhere/ca.pem cannot be read (ENOENT): set tls.ca.1 in the configuration')
    const odd = config({ certificates: [{ cert: other.tls.cert, key: named.tls.key }] })
    await expect(loadCertificate(odd)).rejects.toThrow('is not the key of')
    await expect(loadCertificate(odd)).rejects.toThrow('set tls.certificates.0.cert and tls.certificates.0.key to a pair')
  })

  test('are followed when one of them changes', async () => {
    const other = config()
    await loadCertificate(other)
    const authority = join(config().data, 'ca.pem')
    writeFileSync(authority, readFileSync(other.tls.cert))
    const named = config({ ca: [authority] })
    await loadCertificate(named)
    const told = await new Promise<unknown>(resolve => {
      const stop = watchCertificate(named, files => resolve(files.ca), resolve, 5)
      stops.push(stop)
      const newer = config()
      void loadCertificate(newer).then(({ cert }) => writeFileSync(authority, cert))
    })
    expect(told).toEqual([readFileSync(authority, 'utf8')])
  })
})

describe('the certificate of this machine', () => {
  test('is made at the first start, for its names and addresses, and kept', async () => {
    const first = config()
    const pair = await loadCertificate(first)
    const certificate = new X509Certificate(pair.cert)
    expect(certificate.checkIP('127.0.0.7')).toBe('127.0.0.7')
    expect(certificate.checkHost('demo.localhost')).toBe('demo.localhost')
    expect(certificate.ca).toBe(false)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(new Date(certificate.validFrom).getTime()).toBeLessThan(Date.now())
    expect(statSync(first.tls.key).mode & 0o777).toBe(0o600)
    expect(await loadCertificate(first)).toEqual(pair)
  })

  test('is the same for processes that start at once', async () => {
    const first = config()
    const pairs = await Promise.all([1, 2, 3].map(() => loadCertificate(first)))
    expect(new Set(pairs.map(({ cert }) => cert)).size).toBe(1)
    expect(readdirSync(first.data)).toEqual(['tls'])
  })

  test('is that of the files the configuration names; what is wrong with them is said', async () => {
    const made = config()
    const { cert, key } = await loadCertificate(made)
    const other = await loadCertificate(config())
    const folder = config().data
    const files = { cert: join(folder, 'chain.pem'), key: join(folder, 'chain.key') }
    const named = config(files)
    await expect(loadCertificate(named)).rejects.toThrow(`${files.cert} cannot be read (ENOENT): set tls.cert`)
    writeFileSync(files.cert, cert)
    await expect(loadCertificate(named)).rejects.toThrow(`${files.key} cannot be read (ENOENT): set tls.key`)
    writeFileSync(files.key, other.key)
    await expect(loadCertificate(named)).rejects.toThrow(`${files.key} is not the key of ${files.cert}`)
    writeFileSync(files.key, 'rubbish')
    await expect(loadCertificate(named)).rejects.toThrow(`${files.key} is not a PEM private key`)
    writeFileSync(files.key, key)
    expect(await loadCertificate(named)).toEqual({ cert, key, certificates: [] })
    writeFileSync(files.cert, 'rubbish')
    await expect(loadCertificate(named)).rejects.toThrow(`${files.cert} is not a PEM certificate`)
  })

  test('is told when its files change; a bad pair is said and not used', async () => {
    const first = config()
    await loadCertificate(first)
    const next = await loadCertificate(config())
    const told: (CertificatePair | string)[] = []
    let heard = (): void => {}
    const tell = (what: CertificatePair | string): void => {
      told.push(what)
      heard()
    }
    const stop = watchCertificate(first, tell, error => tell((error as Error).message), 5)
    const until = (done: () => boolean): Promise<void> =>
      new Promise(resolve => {
        heard = () => done() && resolve()
        heard()
      })
    writeFileSync(first.tls.cert, next.cert)
    await until(() => told.length >= 1)
    expect(told[0]).toContain('is not the key of')
    writeFileSync(first.tls.key, next.key)
    await until(() => told.some(what => typeof what === 'object'))
    stop()
    expect(told.at(-1)).toEqual(next)
    expect(readFileSync(first.tls.cert, 'utf8')).toBe(next.cert)
  })

  test('is not made where the folder is there without it', async () => {
    const first = config()
    mkdirSync(dirname(first.tls.cert))
    writeFileSync(join(dirname(first.tls.cert), 'notes'), '')
    await expect(loadCertificate(first)).rejects.toThrow(`${first.tls.cert} and ${first.tls.key} are missing and cannot be made`)
  })
})
