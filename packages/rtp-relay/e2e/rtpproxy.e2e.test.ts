/** A real Kamailio with its rtpproxy module between two phones: it drives our daemon, and their RTP goes through the relay. RFC 3261 §24.2. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSdp } from '@strowger/sdp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { needing } from '../../../e2e/peers.ts'
import { startTestRole, type TestRole } from '../test/media-role.ts'
import { Ear, rtp } from '../test/phone.ts'

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
const { title, skip } = needing('a Kamailio with rtpproxy_manage()', 'kamailio')

describe.skipIf(skip)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kamailio-'))
  let role: TestRole
  let kamailio: ChildProcess
  let log = ''
  let proxy = 0
  const caller = createSocket('udp4')
  const callee = createSocket('udp4')
  const heard: Record<'caller' | 'callee', string[]> = { caller: [], callee: [] }

  beforeAll(async () => {
    role = await startTestRole({ rtpproxy: { enabled: true, address: '127.0.0.1', port: 0 } })
    for (const [name, socket] of [
      ['caller', caller],
      ['callee', callee],
    ] as const) {
      await bound(socket)
      socket.on('message', bytes => heard[name].push(bytes.toString('latin1')))
    }
    const probe = createSocket('udp4')
    proxy = await bound(probe)
    probe.close()
    const file = join(folder, 'kamailio.cfg')
    writeFileSync(file, configOf(proxy, role.rtpproxy!.port))
    kamailio = spawn('kamailio', ['-DD', '-E', '-m', '32', '-M', '4', '-f', file, '-w', folder, '-Y', folder, '-P', join(folder, 'pid')], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [kamailio.stdout!, kamailio.stderr!]) stream.on('data', chunk => (log += chunk))
    await vi.waitFor(
      async () => {
        const before = heard.caller.length
        send(caller, request('OPTIONS', ''))
        await vi.waitFor(() => expect(heard.caller.length).toBeGreaterThan(before), 1000)
      },
      { timeout: 60_000 },
    )
  })

  afterAll(async () => {
    if (kamailio.exitCode === null && kamailio.kill('SIGTERM')) await once(kamailio, 'exit')
    caller.close()
    callee.close()
    await role.stop()
    rmSync(folder, { recursive: true })
  })

  const send = (socket: Socket, text: string): void => socket.send(Buffer.from(text, 'latin1'), proxy, '127.0.0.1')
  const waitFor = (who: 'caller' | 'callee', start: string): Promise<string> =>
    vi.waitFor(() => heard[who].find(text => text.startsWith(start)) ?? expect.fail(`${who} heard no ${start}: ${log}`), 30_000)

  function request(method: string, body: string, toTag = ''): string {
    return [
      `${method} sip:bob@127.0.0.1:${callee.address().port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${caller.address().port};branch=z9hG4bK-${method}`,
      'Max-Forwards: 70',
      'From: <sip:alice@phones.example>;tag=alice',
      `To: <sip:bob@phones.example>${toTag}`,
      'Call-ID: one@phones.example',
      `CSeq: ${method === 'BYE' ? 2 : 1} ${method}`,
      `Contact: <sip:alice@127.0.0.1:${caller.address().port}>`,
      ...(body ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n')
  }

  it('two phones hear each other through the relay, and the BYE frees its ports', async () => {
    const [alice, bob] = [await Ear.open(), await Ear.open()]
    send(caller, request('INVITE', sdpOf(alice.port)))
    const invite = await waitFor('callee', 'INVITE')
    const toBob = portIn(invite)
    expect(toBob).not.toBe(alice.port)
    send(callee, answerTo(invite, sdpOf(bob.port)))
    const toAlice = portIn(await waitFor('caller', 'SIP/2.0 200 OK'))
    expect(new Set([alice.port, bob.port, toBob, toAlice]).size).toBe(4)

    alice.send({ address: '127.0.0.1', port: toAlice }, rtp(1))
    expect((await bob.next()).bytes).toEqual(rtp(1))
    bob.send({ address: '127.0.0.1', port: toBob }, rtp(7))
    const heardByAlice = await alice.next()
    expect(heardByAlice.bytes).toEqual(rtp(7))
    expect(heardByAlice.from.port).toBe(toAlice)
    expect(role.board.sessions.size).toBe(1)

    send(caller, request('BYE', '', ';tag=bob'))
    await waitFor('callee', 'BYE')
    expect(role.board.sessions.size).toBe(0)
    for (const ear of [alice, bob]) ear.close()
    expect(log).not.toMatch(/ERROR: rtpproxy/)
  })
})

/** Stateless: a proxy that only forwards is enough for its rtpproxy module. */
function configOf(port: number, rtpproxy: number): string {
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=1
disable_tcp=yes
listen=udp:127.0.0.1:${port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "rtpproxy.so"
modparam("rtpproxy", "rtpproxy_sock", "udp:127.0.0.1:${rtpproxy}")
request_route {
  if (method == "OPTIONS") { sl_send_reply("200", "Here"); exit; }
  rtpproxy_manage();
  forward();
}
onreply_route {
  rtpproxy_manage();
}
`
}

async function bound(socket: Socket): Promise<number> {
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket.address().port
}

function sdpOf(port: number): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${port} RTP/AVP 8`, '']
  return lines.join('\r\n')
}

function portIn(message: string): number {
  return parseSdp(message.slice(message.indexOf('\r\n\r\n') + 4))?.media[0]?.port ?? 0
}

function answerTo(invite: string, body: string): string {
  const kept = invite.split('\r\n').filter(line => /^(?:Via|From|Call-ID|CSeq):/i.test(line))
  const to = /^To: .*$/m.exec(invite)![0].trim()
  const own = [`${to};tag=bob`, 'Contact: <sip:bob@127.0.0.1>', 'Content-Type: application/sdp', `Content-Length: ${body.length}`]
  return ['SIP/2.0 200 OK', ...kept, ...own, '', body].join('\r\n')
}
