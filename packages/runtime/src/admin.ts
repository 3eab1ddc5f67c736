/** Each role answers `GET /healthz` and `GET /metrics` on a unix socket of its own, `DATA/run/ROLE.sock`: no port, no password, no stranger. */
import { mkdirSync, rmSync } from 'node:fs'
import { createServer, request, type Server, type ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'

export type RoleState = 'starting' | 'ready' | 'draining'

export interface RoleHealth {
  readonly role: string
  readonly state: RoleState
  readonly pid: number
  /** UTC ms at which the state was entered. */
  readonly since: number
  /** What the role says of itself, such as `{ calls: 2 }`. */
  readonly detail: object
}

export interface AdminAnswers {
  health(): RoleHealth
  exposition(): Promise<string>
}

export interface Admin {
  readonly path: string
  close(): Promise<void>
}

/** Longest path of a unix socket on Linux, its zero byte aside. */
const MAX_PATH = 107

export function adminPath(data: string, role: string): string {
  return join(data, 'run', `${role}.sock`)
}

/** Takes the path over from a process that died. @throws Error when the path is too long for a socket. */
export async function serveAdmin(path: string, answers: AdminAnswers): Promise<Admin> {
  if (Buffer.byteLength(path) > MAX_PATH)
    throw new Error(`${path} is longer than the ${MAX_PATH} bytes a unix socket may have: set data: to a shorter folder`)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  rmSync(path, { force: true })
  const server = createServer((request, response) => {
    answer(request.url ?? '', response, answers).catch(error => send(response, 500, 'text/plain', String(error)))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return { path, close: () => close(server) }
}

/** One question to a role. Rejects when nobody listens or `timeoutMs` passes. */
export function askAdmin(path: string, url: '/healthz' | '/metrics', timeoutMs = 1000): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, path: url, agent: false, signal: AbortSignal.timeout(timeoutMs) }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
    })
    asked.on('error', reject).end()
  })
}

/** A role's health, or undefined when it does not answer. */
export async function askHealth(data: string, role: string, timeoutMs?: number): Promise<RoleHealth | undefined> {
  try {
    return JSON.parse(await askAdmin(adminPath(data, role), '/healthz', timeoutMs)) as RoleHealth
  } catch {
    return undefined
  }
}

async function answer(url: string, response: ServerResponse, answers: AdminAnswers): Promise<void> {
  if (url === '/metrics') return send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await answers.exposition())
  if (url !== '/healthz') return send(response, 404, 'text/plain', 'there are /healthz and /metrics\n')
  const health = answers.health()
  send(response, health.state === 'ready' ? 200 : 503, 'application/json', JSON.stringify(health))
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body)
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
