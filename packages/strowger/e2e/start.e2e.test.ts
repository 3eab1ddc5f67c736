/** The supervisor over real roles that need no phone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { Platform } from './platform.ts'

const ROLES = 'media,portal,jobs'
const open: { kill(): void }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.kill()
})

async function start(more: { readonly portal?: { readonly http: number } } = {}): Promise<Platform> {
  const platform = await Platform.start(ROLES, more)
  open.push(platform)
  return platform
}

describe('strowger start', () => {
  test('is ready with every role, says how to register, and a Ctrl-C that comes twice ends it with 0', async () => {
    const platform = await start()
    await platform.ready()
    const ready = { state: 'ready' }
    expect(await platform.health()).toMatchObject({ status: 200, roles: { media: ready, portal: ready, jobs: ready } })
    expect(platform.demo.users).toHaveLength(3)
    platform.child.kill('SIGINT')
    platform.child.kill('SIGINT')
    expect(await platform.ended()).toBe(0)
    await expect(fetch(`${platform.url}/healthz`)).rejects.toThrow()
  })

  test('a role that is killed is back, with one log line', async () => {
    const platform = await start()
    await platform.ready()
    process.kill((await platform.health()).roles.media!.pid, 'SIGKILL')
    await platform.says('media is back')
    const lines = platform.output.split('\n').filter(line => line.includes('media ended by SIGKILL'))
    const expected = { level: 'warn', child: 'media', signal: 'SIGKILL', delayMs: 250 }
    expect(lines.map(line => JSON.parse(line))).toEqual([expect.objectContaining(expected)])
    expect((await platform.health()).roles.media?.state).toBe('ready')
  })

  test('a port in use is one sentence, and nothing stays behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    open.push({ kill: () => taken.close() })
    const { port } = taken.address() as AddressInfo
    const platform = await start({ portal: { http: port } })
    expect(await platform.ended()).toBe(1)
    await platform.says(`portal: 127.0.0.1:${port} is in use by another program: stop that one, or set portal.http in the configuration`)
    expect(existsSync(join(platform.data, 'run', 'media.sock'))).toBe(false)
  })

  test('a supervisor that is killed leaves no orphans', async () => {
    const platform = await start()
    await platform.ready()
    const { roles } = await platform.health()
    platform.kill()
    await platform.ended()
    for (const { pid } of Object.values(roles)) await expect.poll(() => lives(pid), { timeout: 10_000 }).toBe(false)
  })

  test('a second supervisor on the same data is refused', async () => {
    const platform = await start()
    await platform.ready()
    const command = fileURLToPath(new URL('../bin/strowger.mjs', import.meta.url))
    const second = spawn(process.execPath, [command, 'start', '--config', platform.config, '--roles', ROLES], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let complaint = ''
    second.stderr.on('data', chunk => {
      complaint += chunk
    })
    expect((await once(second, 'close'))[0]).toBe(1)
    expect(complaint).toContain(`process ${platform.child.pid} already runs on ${platform.data}`)
  })
})

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
