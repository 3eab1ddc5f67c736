/** The whole platform as an operator starts it: `strowger start --config FILE`, on ports of its own, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './ports.ts'
import { until } from './until.ts'

export const COMMAND: string = fileURLToPath(new URL('../packages/strowger/bin/strowger.mjs', import.meta.url))

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Role {
  readonly state: string
  readonly pid: number
}

export interface CdrRow {
  readonly call: string
  readonly tenant: { readonly brand: number | null; readonly client: number | null; readonly user?: number }
  readonly start: string
  readonly answer: string | null
  readonly end: string
  readonly caller: string
  readonly callee: string
  readonly direction: string
  readonly durationMs: number
  readonly hungUpBy: string
  readonly status: number
  readonly cause?: string
  readonly legs: readonly LegRow[]
}

export interface LegRow {
  readonly leg: string
  readonly packets: number
  readonly bytes: number
  readonly lost: number | null
  readonly jitterMs: number | null
  readonly roundTripMs: number | null
  readonly mos: number | null
}

export interface Demo {
  readonly domain: string
  readonly sip: { readonly udp: string; readonly tcp: string }
  readonly users: readonly { readonly name: string; readonly extension: string; readonly username: string; readonly password: string }[]
  readonly services: { readonly echo: string }
  readonly ddi: string
  readonly carrier?: string
}

export interface Line {
  readonly time: string
  readonly level: string
  readonly role: string
  readonly msg: string
  readonly call?: string
  readonly [key: string]: unknown
}

export interface PlatformOptions {
  /** Merged over the ports and short timers that every test uses. */
  readonly config?: Record<string, unknown>
  readonly roles?: string
  /** A prefix of the command line, such as `ip netns exec NAME`. */
  readonly inside?: readonly string[]
  /** Of an earlier platform, to start on the same data again. */
  readonly folder?: string
  /** Variables of its environment, beside those of the test. */
  readonly env?: Readonly<Record<string, string>>
}

export class Platform {
  readonly folder: string
  readonly file: string
  readonly ports: Ports
  readonly #inside: readonly string[]
  readonly #child: ChildProcess
  readonly #exit: Promise<number | null>
  #output = ''

  constructor(folder: string, ports: Ports, child: ChildProcess, inside: readonly string[]) {
    this.folder = folder
    this.file = join(folder, 'strowger.yaml')
    this.ports = ports
    this.#inside = inside
    this.#child = child
    this.#exit = once(child, 'exit').then(([code]) => code as number | null)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (this.#output += chunk))
  }

  get pid(): number {
    return this.#child.pid as number
  }

  get output(): string {
    return this.#output
  }

  get users(): string {
    return `${this.ports.listen}:${this.ports.users}`
  }

  get trunks(): string {
    return `${this.ports.listen}:${this.ports.trunks}`
  }

  /** Where phones come over TLS, browsers over WSS, carriers over TLS. */
  get secure(): { readonly users: string; readonly browsers: string; readonly trunks: string } {
    const { listen, usersTls, usersWss, trunksTls } = this.ports
    return { users: `${listen}:${usersTls}`, browsers: `${listen}:${usersWss}`, trunks: `${listen}:${trunksTls}` }
  }

  /** The certificate that was made at the first start, in PEM; whoever believes it believes the platform. */
  get certificate(): string {
    return join(this.folder, 'tls/cert.pem')
  }

  get demo(): Demo {
    return JSON.parse(readFileSync(join(this.folder, 'demo.json'), 'utf8')) as Demo
  }

  password(username: string): string {
    return this.demo.users.find(user => user.username === username)?.password ?? ''
  }

  /** Log lines that are JSON; what people read is left out. */
  get lines(): readonly Line[] {
    return this.#output
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as Line)
  }

  async health(): Promise<{ readonly state: string; readonly roles: Readonly<Record<string, Role>> }> {
    return JSON.parse(await this.#get('/healthz'))
  }

  async metrics(): Promise<readonly Sample[]> {
    return (await this.#get('/metrics')).split('\n').flatMap(line => sampleOf(line) ?? [])
  }

  /** Sum over all roles and labels. */
  async metric(name: string): Promise<number> {
    return (await this.metrics()).filter(sample => sample.name === name).reduce((sum, sample) => sum + sample.value, 0)
  }

  /** Finished calls, the latest first. */
  async cdrs(): Promise<readonly CdrRow[]> {
    return JSON.parse(await this.command('cdr', '--json', '--limit', '1000'))
  }

  /** The record that a call leaves a moment after its end; waits until there are `count` in all. */
  async cdr(count: number): Promise<CdrRow> {
    const rows = await until(`${count} CDRs`, async () => {
      const all = await this.cdrs()
      return all.length >= count && all
    })
    if (rows.length > count) throw new Error(`${rows.length} CDRs where ${count} were expected: ${JSON.stringify(rows)}`)
    return rows[0] as CdrRow
  }

  /** `strowger ARGS --config …`; its standard output. */
  async command(...args: readonly string[]): Promise<string> {
    const { code, output, complaint } = await strowger([...args, '--config', this.file])
    if (code !== 0) throw new Error(`strowger ${args.join(' ')} ended with ${code}: ${complaint}${output}`)
    return output
  }

  async kill(role: string): Promise<void> {
    const { pid } = (await this.health()).roles[role] as Role
    process.kill(pid, 'SIGKILL')
  }

  /** Kills a role and waits until another process has its place and is ready. */
  async restart(role: string): Promise<void> {
    const before = this.lines.filter(line => line.msg === `${role} is back`).length
    await this.kill(role)
    await until(`${role} coming back`, () => this.lines.filter(line => line.msg === `${role} is back`).length > before, 100_000)
    await this.ready()
  }

  async ready(): Promise<void> {
    await until(
      'a platform that is ready',
      async () => this.#child.exitCode === null && (await this.health().catch(() => undefined))?.state === 'ready',
      100_000,
    )
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  ended(): Promise<number | null> {
    return this.#exit
  }

  /** Ctrl-C, twice where calls are left, and away with the folder. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.signal('SIGINT')
      const hurry = setTimeout(() => this.signal('SIGINT'), 1500)
      const last = setTimeout(() => this.signal('SIGKILL'), 60_000)
      await this.#exit
      for (const timer of [hurry, last]) clearTimeout(timer)
    }
    if (process.env.STROWGER_E2E_KEEP === undefined) rmSync(this.folder, { recursive: true, force: true })
    else writeFileSync(join(this.folder, 'output.txt'), this.#output)
  }

  async #get(path: string): Promise<string> {
    const url = `http://${this.ports.portalAddress}:${this.ports.portal}${path}`
    if (this.#inside.length === 0) return (await fetch(url)).text()
    const [program, ...args] = [...this.#inside, 'curl', '-s', url]
    return (await run(program as string, args)).output
  }
}

export interface Ports {
  readonly listen: string
  readonly users: number
  readonly trunks: number
  readonly usersTls: number
  readonly usersWs: number
  readonly usersWss: number
  readonly trunksTls: number
  readonly portal: number
  readonly portalAddress: string
  readonly carrier: number
  readonly appserver: number
  readonly ng: number
  /** RTP ports, both ends included. */
  readonly media: { readonly from: number; readonly to: number }
}

/** Resolves when every role is ready. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'e2e-'))
  const { config, ports } = await configure(folder, options.config ?? {})
  writeFileSync(join(folder, 'strowger.yaml'), JSON.stringify(config, undefined, 2))
  const roles = options.roles === undefined ? [] : ['--roles', options.roles]
  const [program, ...args] = [
    ...(options.inside ?? []),
    process.execPath,
    COMMAND,
    'start',
    '--config',
    join(folder, 'strowger.yaml'),
    ...roles,
  ]
  const child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...cleanEnvironment(), ...options.env } })
  const platform = new Platform(folder, ports, child, options.inside ?? [])
  const gone = platform.ended().then(code => {
    throw new Error(`the platform ended with ${code} before it was ready:\n${platform.output}`)
  })
  await Promise.race([until('"Strowger is ready"', () => platform.output.includes('Strowger is ready'), 300_000), gone]).catch(
    async error => {
      await platform.stop()
      throw error
    },
  )
  gone.catch(() => {})
  return platform
}

/** Two pairs a call, which rest for a second after its end: enough for a hundred calls a second one after the other. */
const MEDIA_PORTS = 1000

/** Ports are free ones; timers are a tenth of the usual, so that a test need not wait half a minute for a transaction to be forgotten. */
async function configure(folder: string, over: Record<string, unknown>): Promise<{ config: Record<string, unknown>; ports: Ports }> {
  const [users, trunks, appserver, ng, portal, carrier, usersTls, usersWs, usersWss, trunksTls] = await freePorts(10)
  const media = await freePort(MEDIA_PORTS)
  const config = merge(
    {
      data: folder,
      sip: { t1: 50, t2: 400, t4: 500, leastD: 3200 },
      usersProxy: { udp: users, tcp: users, tls: usersTls, ws: usersWs, wss: usersWss },
      trunksProxy: { udp: trunks, tcp: trunks, tls: trunksTls },
      appserver: { udp: appserver, noAnswer: 3 },
      media: { ng: { port: ng }, engine: { port: ng }, ports: { from: media, to: media + MEDIA_PORTS - 1 } },
      // A machine that is busy with other tests is no overload.
      overload: { lagMs: 60_000, queueMs: 60_000 },
      portal: { http: portal },
      carrier: { udp: carrier, enabled: false },
    },
    over,
  )
  const read = (path: string, fallback: unknown): unknown =>
    path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], config) ?? fallback
  const ports = {
    listen: read('listen', '127.0.0.1'),
    users: read('usersProxy.udp', 0),
    trunks: read('trunksProxy.udp', 0),
    usersTls: read('usersProxy.tls', 0),
    usersWs: read('usersProxy.ws', 0),
    usersWss: read('usersProxy.wss', 0),
    trunksTls: read('trunksProxy.tls', 0),
    portal: read('portal.http', 0),
    portalAddress: read('portal.address', '127.0.0.1'),
    carrier: read('carrier.udp', 0),
    appserver: read('appserver.udp', 0),
    ng: read('media.ng.port', 0),
    media: read('media.ports', undefined),
  } as Ports
  return { config, ports }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort())
  return ports
}

function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const both = isObject(value) && isObject(merged[key])
    merged[key] = both ? merge(merged[key] as Record<string, unknown>, value as Record<string, unknown>) : value
  }
  return merged
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sampleOf(line: string): Sample | undefined {
  const [, name, labels, value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)$/.exec(line) ?? []
  if (name === undefined) return undefined
  const pairs = [...(labels ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text])
  return { name, labels: Object.fromEntries(pairs), value: Number(value) }
}

/** Runs the command to its end. */
export function strowger(args: readonly string[]): Promise<Ended> {
  return run(process.execPath, [COMMAND, ...args])
}

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly complaint: string
}

export async function run(program: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnvironment() })
  let output = ''
  let complaint = ''
  child.stdout.on('data', chunk => (output += chunk))
  child.stderr.on('data', chunk => (complaint += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output, complaint }
}

/** A test must not depend on the variables of whoever runs it. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STROWGER_')))
}
