/** What is said of certificates before they expire, on a clock of the test's own. RFC 5280 §4.1.2.5. */
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CertificateExpiry, configFrom, type ExpiryNews, loadCertificate, type TlsFiles } from '../src/index.ts'

const DAY_MS = 86_400_000
const folders: string[] = []
let first: TlsFiles
let second: TlsFiles
let end: number

async function made(): Promise<TlsFiles> {
  const data = mkdtempSync(join(tmpdir(), 'expiry-'))
  folders.push(data)
  return loadCertificate(configFrom({ data, listen: '127.0.0.7' }))
}

beforeAll(async () => {
  first = await made()
  second = await made()
  end = Date.parse(new X509Certificate(first.cert).validTo)
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function watched(files: TlsFiles): {
  readonly expiry: CertificateExpiry
  readonly said: ExpiryNews[]
  days(...left: readonly number[]): readonly number[]
} {
  const said: ExpiryNews[] = []
  const expiry = new CertificateExpiry(news => said.push(news))
  expiry.show(files)
  return {
    expiry,
    said,
    days(...left) {
      for (const days of left) expiry.look(end - days * DAY_MS)
      return said.splice(0).map(({ days }) => days)
    },
  }
}

test('it is said 30, 7 and 1 days before, and when it has expired, each once', () => {
  const { days } = watched(first)
  expect(days(1000, 31, 30)).toEqual([])
  expect(days(29.9, 29, 20, 7)).toEqual([29])
  expect(days(6.9, 6.8, 1.2)).toEqual([6])
  expect(days(0.9, 0.1)).toEqual([0])
  expect(days(-0.1, -1, -400)).toEqual([-1])
})

test('who starts late is told once how late it is, and by which certificate', () => {
  const { days, expiry, said } = watched(first)
  expiry.look(end - 3.5 * DAY_MS)
  const { serialNumber, subject } = new X509Certificate(first.cert)
  expect(said).toEqual([{ subject, serial: serialNumber, expires: new Date(end).toISOString(), days: 3 }])
  said.splice(0)
  expect(days(3, 0.5)).toEqual([0])
})

test('a renewed one is another; what was said of those that stay is not said again', () => {
  const { days, expiry } = watched(first)
  expect(days(20)).toEqual([20])
  expiry.show({ cert: second.cert, certificates: [first] })
  expect(days(19)).toEqual([19])
  expiry.show(first)
  expect(days(18)).toEqual([])
})

test('each certificate of each chain counts; seconds are those of the first to expire', () => {
  const { days, expiry } = watched({ ...first, cert: first.cert + second.cert, certificates: [first] })
  expect(days(20)).toHaveLength(2)
  expect(expiry.secondsLeft(end - 5000)).toBeCloseTo(5, 6)
  expect(expiry.secondsLeft(end + 5000)).toBeCloseTo(-5, 6)
})
