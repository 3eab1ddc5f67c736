/** `DATA/demo.json`: the demo tenant's phones with their passwords, which are nowhere else in clear. Mode 0600. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, rolesOf } from '@strowger/runtime'

export interface DemoUser {
  readonly name: string
  readonly extension: string
  readonly username: string
  readonly password: string
}

/** What the database says of the demo tenant, and the passwords of its users. */
export interface DemoTenant {
  readonly domain: string
  readonly users: readonly DemoUser[]
  readonly echo: string
  readonly ddi: string
}

/** The file as people and checks read it. */
export interface DemoFile {
  readonly domain: string
  /** Only what listens. */
  readonly sip: Readonly<Record<string, string>>
  readonly users: readonly DemoUser[]
  readonly services: { readonly echo: string }
  readonly ddi: string
  readonly carrier?: string
}

export function demoFileOf({ domain, users, echo, ddi }: DemoTenant, config: Config): DemoFile {
  const { listen, usersProxy, carrier } = config
  const demoCarrier = rolesOf(config).includes('carrier') ? { carrier: `${carrier.address}:${carrier.udp}` } : {}
  return {
    domain,
    sip: Object.fromEntries(SHOWN.filter(name => usersProxy[name] > 0).map(name => [name, at(listen, usersProxy[name])])),
    users,
    services: { echo },
    ddi,
    ...demoCarrier,
  }
}

/** A port of 0 is one that the kernel chooses: nobody can be told. */
const SHOWN = ['udp', 'tcp', 'tls', 'wss'] as const

export function readDemoFile(data: string): DemoFile | undefined {
  try {
    return JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8')) as DemoFile
  } catch {
    return undefined
  }
}

/** At once or not at all: whoever waits for the file finds it whole. */
export function writeDemoFile(data: string, file: DemoFile): void {
  mkdirSync(data, { recursive: true })
  const draft = join(data, `demo.json.${process.pid}`)
  writeFileSync(draft, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(draft, join(data, 'demo.json'))
}

/** Keeps the file true when somebody changes a password of one of its users. */
export function changeDemoPassword(data: string, username: string, domain: string, password: string): void {
  const file = readDemoFile(data)
  if (file === undefined || file.domain !== domain) return
  writeDemoFile(data, { ...file, users: file.users.map(user => (user.username === username ? { ...user, password } : user)) })
}

/** `127.0.0.1:5060`, `[::1]:5060`. */
export function at(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
