/** Certificates as an operator configures them, seen by OpenSSL's client: by name, and of carriers that must prove who they are. RFC 6066 §3, RFC 3261 §26.3.2.1. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { Authority, type Issued } from './authority.ts'
import { options, TlsClient } from './s-client.ts'

const EXPIRES = 'strowger_tls_certificate_expires_seconds'
const { title, skip } = needing('certificates in the configuration', 'openssl')

describe.skipIf(skip).each([1, 2])(`${title}: %i workers`, workers => {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-'))
  const clients: TlsClient[] = []
  let platform: Platform
  let authority: Authority
  let [ours, carriers, strangers]: Issued[] = []

  beforeAll(async () => {
    authority = await Authority.make(folder)
    ours = await authority.issue('shop', 'DNS:shop.test', 'DNS:*.shop.test')
    carriers = await authority.issue('carrier', 'DNS:carrier.test')
    strangers = await (await Authority.make(folder)).issue('stranger', 'DNS:carrier.test')
    platform = await startPlatform({
      config: {
        tls: { certificates: [{ cert: ours.certFile, key: ours.keyFile }], ca: [authority.file] },
        usersProxy: { workers },
        trunksProxy: { workers, clientCertificate: 'required' },
      },
    })
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.stop()
  })
  afterAll(async () => {
    await platform?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const connect = async (to: string, ...args: readonly string[]): Promise<TlsClient> => {
    const client = await TlsClient.open(to, ...args)
    clients.push(client)
    return client
  }
  const showing = ({ certFile, keyFile }: Issued): readonly string[] => ['-cert', certFile, '-key', keyFile]

  test.each(['shop.test', 'pbx.shop.test'])('who asks for %s is shown the certificate of that name (RFC 6066 §3)', async name => {
    const client = await connect(platform.secure.users, '-servername', name, '-verify_hostname', name, '-CAfile', authority.file)
    expect(client.handshake).toContain('Peer certificate: CN = shop')
    expect(client.handshake).toContain('Verification: OK')
    client.send(options('sip:demo.localhost;transport=tls', `named-${name}`))
    expect(await client.receive(/\r\n\r\n/)).toMatch(/^SIP\/2\.0 200 OK\r\n/)
  })

  test.each(['other.test', 'a.b.shop.test'])('who asks for %s is shown the one for everybody else', async name => {
    const client = await connect(platform.secure.users, '-servername', name, '-CAfile', platform.certificate)
    expect(client.handshake).not.toContain('CN = shop')
    expect(client.handshake).toContain('Verification: OK')
  })

  test.each(['users-proxy', 'trunks-proxy'])(
    '%s: what expires in two days is said, and measured as that of the first to expire',
    async role => {
      const said = await until('a line in the log', () =>
        platform.lines.find(line => line.role === role && line.msg === 'a certificate expires soon'),
      )
      expect(said).toMatchObject({ level: 'warn', subject: 'CN=shop', days: 1 })
      const { value } = (await platform.metrics()).find(({ name, labels }) => name === EXPIRES && labels.role === role)!
      expect(value).toBeGreaterThan(0)
      expect(value).toBeLessThanOrEqual(2 * 86_400)
    },
  )

  test('a carrier that shows what our authority has signed is answered', async () => {
    const client = await connect(platform.secure.trunks, '-CAfile', platform.certificate, ...showing(carriers!))
    client.send(options('sip:demo.localhost', 'proved'))
    expect(await client.receive(/\r\n\r\n/)).toMatch(/^SIP\/2\.0 200 OK\r\n/)
  })

  test.each(['nothing', 'what another authority has signed'])(
    'one that shows %s is cut before it is heard (RFC 8446 §4.4.2.4)',
    async what => {
      const args = what === 'nothing' ? [] : showing(strangers!)
      const client = await connect(platform.secure.trunks, '-CAfile', platform.certificate, ...args)
      client.send(options('sip:demo.localhost', 'unproved'))
      await client.ended()
      expect(client.received).toBe('')
    },
  )
})
