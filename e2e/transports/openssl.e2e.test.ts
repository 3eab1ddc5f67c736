/** OpenSSL's own client at our TLS: versions, names, renewed and client certificates. RFC 3261 §26.2.1, RFC 5922 §7, RFC 6066 §3, RFC 8446. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, listen, type TlsOptions } from '@strowger/sip-transport'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { Authority, type Issued } from './authority.ts'
import { options, TlsClient } from './s-client.ts'

const { title, skip } = needing('openssl s_client', 'openssl')
const clients: TlsClient[] = []
const connect = async (to: string, ...args: readonly string[]): Promise<TlsClient> => {
  const client = await TlsClient.open(to, ...args)
  clients.push(client)
  return client
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop()
})

describe.skipIf(skip)(`${title} and the platform`, () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform()
  })
  afterAll(() => platform?.stop())

  const believing = (): readonly string[] => ['-CAfile', platform.certificate, '-verify_return_error']

  test.each([
    ['users', '1.2'],
    ['users', '1.3'],
    ['trunks', '1.2'],
    ['trunks', '1.3'],
  ] as const)("the %s' proxy speaks TLS %s, proves its address and answers (RFC 3261 §11.2)", async (side, version) => {
    const args = [`-tls${version.replace('.', '_')}`, '-verify_ip', '127.0.0.1', ...believing()]
    const client = await connect(platform.secure[side], ...args)
    expect(client.handshake).toContain(`Protocol version: TLSv${version}`)
    expect(client.handshake).toContain('Verification: OK')
    client.send(options('sip:demo.localhost;transport=tls', `v${version}`))
    expect(await client.receive(/\r\n\r\n/)).toMatch(/^SIP\/2\.0 200 OK\r\n/)
    expect(client.received).toMatch(/^Via: SIP\/2\.0\/TLS client\.invalid;.*received=127\.0\.0\.1/m)
  })

  test("a stranger is refused by the trunks' proxy over TLS too", async () => {
    const client = await connect(platform.secure.trunks, '-bind', '127.0.0.66', ...believing())
    client.send(options('sip:demo.localhost', 'stranger'))
    expect(await client.receive(/\r\n\r\n/)).toMatch(/^SIP\/2\.0 403 Forbidden\r\n/)
  })

  test.each(['users', 'browsers', 'trunks'] as const)('%s: TLS 1.1 and 1.0 are refused (RFC 8996 §4)', async side => {
    for (const version of ['-tls1_1', '-tls1']) {
      const client = await connect(platform.secure[side], version, '-cipher', 'ALL:@SECLEVEL=0')
      await client.ended()
      expect(client.handshake).toMatch(/alert protocol version/)
      expect(client.handshake).not.toContain('CONNECTION ESTABLISHED')
    }
  })

  test('a message over many records, two in one record and keep-alives between them are all read (RFC 3261 §18.3, RFC 5626 §4.4.1)', async () => {
    const client = await connect(platform.secure.users, '-max_send_frag', '512', ...believing())
    client.send(`${options('sip:demo.localhost', 'pieces', `Subject: ${'long '.repeat(1000)}`)}\r\n\r\n`)
    await client.receive(/Call-ID: pieces[\s\S]*\r\n\r\n\r\n$/)
    client.send(options('sip:demo.localhost', 'first') + options('sip:demo.localhost', 'second'))
    await client.receive(/Call-ID: first[\s\S]*Call-ID: second/)
  })

  test('a certificate changed on disk is shown to new connections, and an old one goes on', async () => {
    const old = await connect(platform.secure.users, ...believing())
    const authority = await Authority.make(platform.folder)
    const renewed = await authority.issue('renewed', 'IP:127.0.0.1')
    replacePair(platform, renewed)
    const shown = async (): Promise<boolean> => {
      const client = await TlsClient.open(platform.secure.users, '-CAfile', authority.file, '-verify_ip', '127.0.0.1')
      await client.stop()
      return client.handshake.includes('Peer certificate: CN = renewed') && client.handshake.includes('Verification: OK')
    }
    await until('the new certificate at a new connection', shown, 60_000)
    old.send(options('sip:demo.localhost', 'after'))
    expect(await old.receive(/\r\n\r\n/)).toMatch(/^SIP\/2\.0 200 OK/)
  })
})

describe.skipIf(skip)(`${title} and an endpoint`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-'))
  let authority: Authority
  let open: Endpoint | undefined
  beforeAll(async () => {
    authority = await Authority.make(folder)
  })
  afterEach(async () => {
    await open?.close()
    open = undefined
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const listening = async (tls: TlsOptions): Promise<string> => {
    open = await listen({ on: ['tls:127.0.0.1:0'], tls })
    answerAll(open)
    return (open.on[0] as string).replace('tls:', '')
  }
  const believing = (): readonly string[] => ['-CAfile', authority.file, '-verify_return_error']

  test('the name that is asked for chooses the certificate (RFC 6066 §3)', async () => {
    const [main, one, two] = await Promise.all([
      authority.issue('main', 'DNS:main.test'),
      authority.issue('one', 'DNS:one.test', 'DNS:sip.one.test'),
      authority.issue('two', 'URI:sip:two.test'),
    ])
    const to = await listening({ ...main, certificates: [one, two] })
    const shown = [
      ['one.test', 'one'],
      ['SIP.ONE.TEST', 'one'],
      ['two.test', 'two'],
      ['other.test', 'main'],
    ]
    for (const [name, who] of shown) {
      for (const version of ['-tls1_2', '-tls1_3'])
        expect((await connect(to, '-servername', name!, version, ...believing())).handshake).toContain(`Peer certificate: CN = ${who}\n`)
    }
    expect((await connect(to, '-noservername', ...believing())).handshake).toContain('Peer certificate: CN = main\n')
  })

  test.each(['1_2', '1_3'])(
    'TLS %s: who must show a certificate is refused without one, or with one that nobody signed (RFC 8446 §4.4.2)',
    async version => {
      const [server, known] = await Promise.all([
        authority.issue('server', 'DNS:server.test'),
        authority.issue('known', 'URI:sip:known.test'),
      ])
      const to = await listening({ ...server, ca: authority.cert, clientCertificate: 'required' })
      const stranger = await (await Authority.make(folder)).issue('stranger', 'URI:sip:known.test')
      const asking = (...args: readonly string[]): Promise<TlsClient> => connect(to, `-tls${version}`, ...believing(), ...args)

      const proved = await asking('-cert', known.certFile, '-key', known.keyFile)
      proved.send(options('sip:server.test', 'proved'))
      expect(await proved.receive(/\r\n\r\n/)).toMatch(/^SIP\/2\.0 200 OK/)
      for (const refused of [await asking(), await asking('-cert', stranger.certFile, '-key', stranger.keyFile)]) {
        refused.send(options('sip:server.test', 'refused'))
        await refused.ended()
        expect(refused.received).toBe('')
      }
    },
  )
})

/** Each file by a rename, as certbot does: never half of it. */
function replacePair(platform: Platform, { cert, key }: Pick<Issued, 'cert' | 'key'>): void {
  for (const [file, text] of [
    [platform.certificate, cert],
    [platform.certificate.replace('cert.pem', 'key.pem'), key],
  ] as const) {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
    if (readFileSync(file, 'utf8') !== text) throw new Error(`${file} is not what was written`)
  }
}

function answerAll(endpoint: Endpoint): void {
  void (async () => {
    for await (const { respond } of endpoint.requests) respond(200)
  })()
}
