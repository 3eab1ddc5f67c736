/** Start, stop and everything between as an operator sees it, with SIPp on the line. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { needing } from './peers.ts'
import { type CdrRow, type Platform, type PlatformOptions, startPlatform, strowger } from './platform.ts'
import { phone, type Sipp, sipp } from './sipp.ts'
import { until } from './until.ts'

const { title, skip } = needing('lifecycle', 'sipp')

describe.skipIf(skip)(title, () => {
  const open: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.stop()
  })

  const start = async (options?: PlatformOptions): Promise<Platform> => {
    const platform = await startPlatform(options)
    open.push(platform)
    return platform
  }

  /** Alice talks with Bob. */
  const talking = async (platform: Platform, scenario: string, talk = '300'): Promise<Sipp> => {
    open.push(await phone(platform, 'callee-answers', { user: 'bob', address: '127.0.0.3' }))
    const alice = await sipp(platform, { scenario, keys: { callee: '102', talk } })
    open.push(alice)
    await alice.sent({ method: 'ACK', containing: 'CSeq: 2 ACK' })
    return alice
  }

  test('a Ctrl-C without calls ends with 0 and leaves nothing listening; the next start has the same users', async () => {
    const platform = await start()
    const demo = platform.demo
    expect(listening(platform).length).toBeGreaterThan(5)
    platform.signal('SIGINT')
    expect(await platform.ended()).toBe(0)
    expect(listening(platform)).toEqual([])

    const next = await start({ folder: platform.folder })
    expect(next.demo.users).toEqual(demo.users)
    next.signal('SIGINT')
    expect(await next.ended()).toBe(0)
  })

  test('a Ctrl-C with a call serves it to its end and takes no other', async () => {
    const platform = await start()
    const alice = await talking(platform, 'caller-hangs-up', '2500')
    platform.signal('SIGINT')
    await until('draining', async () => (await platform.health()).roles['users-proxy']?.state === 'draining')
    const late = await (
      await sipp(platform, { scenario: 'caller-refused', user: 'carol', address: '127.0.0.4', keys: { callee: '102' } })
    ).done()
    expect(late.statuses('INVITE')).toEqual([407, 503])
    expect((await alice.done()).statuses('BYE')).toEqual([200])
    expect(await platform.ended()).toBe(0)
    expect(listening(platform)).toEqual([])
    expect(byStatus(await platform.cdrs())).toEqual({
      200: [expect.objectContaining({ caller: '101', callee: '102', hungUpBy: 'caller' })],
      503: [expect.objectContaining({ caller: '103', callee: '102', answer: null })],
    })
  })

  test('a second Ctrl-C ends the calls, with their records', async () => {
    const platform = await start()
    const alice = await talking(platform, 'caller-waits')
    platform.signal('SIGINT')
    await until('draining', async () => (await platform.health()).roles['users-proxy']?.state === 'draining')
    // Two signals within 300 ms are one: a terminal's and npm's.
    await new Promise(resolve => setTimeout(resolve, 350))
    platform.signal('SIGINT')
    await alice.done()
    expect(await platform.ended()).toBe(0)
    expect(listening(platform)).toEqual([])
    const cdrs = await platform.cdrs()
    expect(cdrs).toEqual([expect.objectContaining({ caller: '101', callee: '102', status: 200, hungUpBy: 'platform' })])
  })

  test('--roles runs those and no others', async () => {
    const platform = await start({ roles: 'users-proxy,media,portal' })
    const { state, roles } = await platform.health()
    expect([state, Object.keys(roles).sort()]).toEqual(['ready', ['media', 'portal', 'users-proxy']])
    const { users, portal, ng } = platform.ports
    expect(listening(platform)).toEqual([`tcp ${users}`, `tcp ${portal}`, `udp ${users}`, `udp ${ng}`].sort())
    const run = await (await sipp(platform, { scenario: 'register', keys: { contact: '<sip:alice@127.0.0.2>', expires: '300' } })).done()
    expect(run.statuses('REGISTER')).toEqual([401, 200])
  })

  test('config check says every problem at once: file, line, key, value, what is allowed', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'strowger.yaml')
    writeFileSync(file, 'listen: nowhere\nusersProxy:\n  udp: 70000\n  tpc: 5060\nlog: { level: loud }\nroles: [portal, potral]\n')
    const { code, output } = await strowger(['config', 'check', file])
    expect(code).toBe(1)
    const lines = output.trim().split('\n')
    const expected = [
      [1, 'listen', '"nowhere"', 'an IP address'],
      [3, 'usersProxy.udp', '70000', 'a whole number from 0 to 65535'],
      [4, 'usersProxy.tpc', '5060', 'did you mean tcp?'],
      [5, 'log.level', '"loud"', 'one of debug, info, warn, error'],
      [6, 'roles.1', '"potral"', 'one of users-proxy'],
    ] as const
    expect(lines).toHaveLength(expected.length)
    for (const [index, [line, key, value, allowed]] of expected.entries()) {
      expect(lines[index]).toContain(`${file}:${line}: ${key} is ${value}; allowed: `)
      expect(lines[index]).toContain(allowed)
    }
    const started = await strowger(['start', '--config', file])
    expect(started.code).toBe(1)
    for (const line of lines) expect(started.complaint).toContain(line)
  })
})

function byStatus(cdrs: readonly CdrRow[]): Readonly<Record<string, readonly CdrRow[]>> {
  const rows: Record<string, CdrRow[]> = {}
  for (const row of cdrs) rows[row.status] = [...(rows[row.status] ?? []), row]
  return rows
}

/** What of the platform's ports is open, its media ports included: `udp 20000`. */
function listening({ ports }: Platform): readonly string[] {
  const { users, trunks, appserver, ng, portal, carrier, media } = ports
  const own = new Set([users, trunks, appserver, ng, portal, carrier])
  const isOwn = (port: number): boolean => own.has(port) || (port >= media.from && port <= media.to)
  const open = [...openPorts('udp'), ...openPorts('tcp')].filter(([, port]) => isOwn(port))
  return [...new Set(open.map(([protocol, port]) => `${protocol} ${port}`))].sort()
}

function openPorts(protocol: 'udp' | 'tcp'): readonly (readonly [string, number])[] {
  const rows = readFileSync(`/proc/net/${protocol}`, 'utf8').trim().split('\n').slice(1)
  const LISTEN = protocol === 'tcp' ? '0A' : '07'
  return rows.flatMap(row => {
    const [, local, , state] = row.trim().split(/\s+/)
    return state === LISTEN ? [[protocol, Number.parseInt(local!.split(':')[1]!, 16)] as const] : []
  })
}
