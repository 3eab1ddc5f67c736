/** The small door over TLS and WebSockets: `listen`, and requests of ours. Loopback, free ports. */
import { afterEach, describe, expect, it } from 'vitest'
import { type Endpoint, type ListenOptions, listen } from '../src/index.ts'
import { authority, certificate } from './certificates.ts'

const doors: Endpoint[] = []

afterEach(async () => {
  for (const door of doors.splice(0)) await door.close()
})

async function door(on: string, options: Partial<ListenOptions> = {}): Promise<Endpoint> {
  const opened = await listen({ on: [on], tls: { ca: authority, ...certificate('server') }, ...options })
  doors.push(opened)
  return opened
}

/** Answers everything with 200. */
async function server(on: string, options: Partial<ListenOptions> = {}): Promise<string> {
  const opened = await door(on, options)
  void (async () => {
    for await (const { respond } of opened.requests) respond(200)
  })()
  return opened.on[0]!.replace(/^[a-z]+:/, '')
}

describe('the small door', () => {
  it.each([
    ['tls', 'sip', 'tls'],
    ['tls', 'sips', 'tcp'],
    ['ws', 'sip', 'ws'],
    ['wss', 'sips', 'ws'],
  ] as const)(
    'listens on %s: and sends there, for %s: URIs with transport=%s (RFC 3261 §26.2.2, RFC 7118 §5)',
    async (way, scheme, transport) => {
      const place = await server(`${way}:127.0.0.1:0`)
      const client = await door(`${way}:127.0.0.1`)
      const { status } = await client.request({ method: 'OPTIONS', uri: `${scheme}:bob@${place};transport=${transport}` })
      expect(status).toBe(200)
    },
  )

  it('says what was wrong with the certificate of who was asked, and what to do (RFC 5922 §7.3)', async () => {
    const place = await server('tls:127.0.0.1:0', { tls: certificate('stranger') })
    const client = await door('tls:127.0.0.1')
    await expect(client.request({ method: 'OPTIONS', uri: `sip:${place};transport=tls` })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/cannot be reached: tls:127\.0\.0\.1:\d+: self.signed certificate; give .* as tls\.ca/),
    })
    const other = await server('tls:127.0.0.1:0', { tls: certificate('other') })
    await expect(client.request({ method: 'OPTIONS', uri: `sip:localhost:${other.split(':')[1]};transport=tls` })).rejects.toThrow(
      /the certificate is for other\.test, \*\.wild\.test, not for localhost/,
    )
  })

  it('reads addresses of every transport, and says which it knows', async () => {
    expect((await door('wss:127.0.0.1:0')).on[0]).toMatch(/^wss:127\.0\.0\.1:[1-9]\d*$/)
    for (const on of ['sctp:127.0.0.1:5060', 'tls:example.org:5061', 'udp:127.0.0.1', 'ws:127.0.0.1:x', ''])
      await expect(listen({ on: [on] })).rejects.toMatchObject({
        code: 'bad-listen',
        message: expect.stringContaining('tls:, ws: or wss:'),
      })
    await expect(listen({ on: ['tls:127.0.0.1:0'] })).rejects.toMatchObject({ code: 'bad-certificate' })
  })
})
