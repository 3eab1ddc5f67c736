/** A path that swallows large packets and tells nobody: TLS gets through where the kernel may look for a size that does. RFC 4821 §3, RFC 2923 §2.1. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Internet, openInternet } from '../namespaces.ts'
import { needing } from '../peers.ts'
import { type Platform, run, startPlatform } from '../platform.ts'
import { options, TlsClient } from './s-client.ts'

const { title, skip } = needing('a path that swallows large packets', 'openssl', 'ip', 'iptables')

describe.skipIf(skip)(title, () => {
  let internet: Internet
  let platform: Platform
  beforeAll(async () => {
    internet = await openInternet({ blackHoleMtu: 1100 })
    // As docs/operating.md says; the size of its first try is 1024 and what goes around it.
    for (const prefix of [internet.public, internet.hidden]) await succeed(prefix, 'sysctl', '-qw', 'net.ipv4.tcp_mtu_probing=1')
    platform = await startPlatform({ inside: internet.public, config: { listen: internet.platformAddress } })
  })
  afterAll(async () => {
    await platform?.stop()
    await internet?.close()
  })

  /** How many large packets came to the router for the hidden network. */
  const swallowed = async (): Promise<number> =>
    Number(/^\s*(\d+)\s+\d+\s+DROP\s/m.exec(await succeed(internet.router, 'iptables', '-L', 'OUTPUT', '-v', '-x', '-n'))?.[1])

  test('over TLS a handshake and a message of 5000 bytes each way come whole (RFC 4821 §3)', async () => {
    const client = await TlsClient.inside(internet.hidden, platform.secure.users, '-CAfile', platform.certificate)
    expect(client.handshake).toContain('Verification: OK')
    const long = `long-${'x'.repeat(5000)}`
    client.send(options('sip:demo.localhost;transport=tls', long))
    expect(await client.receive(/\r\n\r\n/)).toMatch(/^SIP\/2\.0 200 OK\r\n/)
    expect(client.received).toContain(`Call-ID: ${long}\r\n`)
    await client.stop()
    expect(await swallowed()).toBeGreaterThan(0)
  })
})

async function succeed(prefix: readonly string[], ...command: readonly string[]): Promise<string> {
  const [program, ...args] = [...prefix, ...command]
  const { code, output, complaint } = await run(program!, args)
  expect([code, complaint]).toEqual([0, ''])
  return output
}
