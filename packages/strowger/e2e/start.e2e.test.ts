/** `strowger start` as a process of its own, with the roles that need no phone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'

const command = fileURLToPath(new URL('../bin/strowger.mjs', import.meta.url))
const open: { kill(): void }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.kill()
})

/** A port that was free a moment ago, and still held when `keep`. */
async function port(keep = false): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  if (keep) open.push({ kill: () => void server.close() })
  else await new Promise(resolve => server.close(resolve))
  return port
}

interface Platform {
  readonly child: ChildProcess
  readonly url: string
  readonly data: string
  readonly output: () => string
  until(text: string): Promise<void>
  health(): Promise<{ status: number; roles: Record<string, { state: string; pid: number }> }>
  ended(): Promise<{ code: number | null; ms: number }>
}

async function start(portalPort?: number): Promise<Platform> {
  const http = portalPort ?? (await port())
  const data = mkdtempSync(join(tmpdir(), 'start-'))
  const ng = await port()
  const file = join(data, 'strowger.yaml')
  writeFileSync(
    file,
    JSON.stringify({ data, portal: { http }, media: { ng: { port: ng }, engine: { port: ng }, ports: { from: 42000, to: 42098 } } }),
  )
  const child = spawn(process.execPath, [command, 'start', '--config', file, '--roles', 'media,portal,jobs'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  open.push({ kill: () => void child.kill('SIGKILL') })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const exited = once(child, 'exit')
  return {
    child,
    data,
    url: `http://127.0.0.1:${http}`,
    output: () => output,
    until: text => expect.poll(() => output, { timeout: 20_000 }).toContain(text),
    async health() {
      const response = await fetch(`http://127.0.0.1:${http}/healthz`)
      return { ...((await response.json()) as { roles: Record<string, { state: string; pid: number }> }), status: response.status }
    },
    async ended() {
      const since = performance.now()
      const [code] = (await exited) as [number | null]
      return { code, ms: performance.now() - since }
    },
  }
}

describe('strowger start', () => {
  test('is ready with every role, says how to register, and a Ctrl-C ends it with 0 in under 5 s, twice pressed or once', async () => {
    const platform = await start()
    await platform.until('Strowger is ready')
    expect(await platform.health()).toMatchObject({
      status: 200,
      roles: { media: { state: 'ready' }, portal: { state: 'ready' }, jobs: { state: 'ready' } },
    })
    expect(existsSync(join(platform.data, 'demo.json'))).toBe(true)
    platform.child.kill('SIGINT')
    platform.child.kill('SIGINT')
    const { code, ms } = await platform.ended()
    expect(code).toBe(0)
    expect(ms).toBeLessThan(5000)
    await expect(fetch(`${platform.url}/healthz`)).rejects.toThrow()
  })

  test('a role that is killed is back, with one log line', async () => {
    const platform = await start()
    await platform.until('Strowger is ready')
    const { roles } = await platform.health()
    process.kill(roles.media!.pid, 'SIGKILL')
    await platform.until('media is back')
    const lines = platform
      .output()
      .split('\n')
      .filter(line => line.includes('media ended by SIGKILL'))
    expect(lines.map(line => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'warn', child: 'media', signal: 'SIGKILL', delayMs: 250 }),
    ])
    expect((await platform.health()).roles.media?.state).toBe('ready')
  })

  test('a port in use is one sentence, and nothing stays behind', async () => {
    const taken = await port(true)
    const platform = await start(taken)
    expect((await platform.ended()).code).toBe(1)
    await platform.until(`portal: 127.0.0.1:${taken} is in use by another program: stop that one, or set portal.http in the configuration`)
    expect(existsSync(join(platform.data, 'run', 'media.sock'))).toBe(false)
  })

  test('a supervisor that is killed leaves no orphans', async () => {
    const platform = await start()
    await platform.until('Strowger is ready')
    const { roles } = await platform.health()
    platform.child.kill('SIGKILL')
    await platform.ended()
    for (const { pid } of Object.values(roles)) await expect.poll(() => lives(pid), { timeout: 10_000 }).toBe(false)
  })

  test('a second supervisor on the same data is refused', async () => {
    const platform = await start()
    await platform.until('Strowger is ready')
    const second = spawn(process.execPath, [command, 'start', '--config', join(platform.data, 'strowger.yaml')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let complaint = ''
    second.stderr.on('data', chunk => (complaint += chunk))
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
