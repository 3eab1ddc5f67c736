/** Each role answers `GET /healthz`, `GET /metrics` and pages of its own on a unix socket, `DATA/run/ROLE.sock`: no port, no password, no stranger. */
import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
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
  health(): RoleHealth | Promise<RoleHealth>
  exposition(): Promise<string>
  /** By method and path, `GET /messages`. What they give is sent as JSON; what they throw, as text with 500. */
  readonly pages?: ReadonlyMap<string, AdminPage>
}

export type AdminPage = (asked: AdminQuestion) => object | Promise<object>

export interface AdminQuestion {
  readonly query: URLSearchParams
  /** Empty with GET. */
  readonly body: string
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
    answer(request, response, answers).catch(error =>
      send(response, 500, 'text/plain', error instanceof Error ? error.message : String(error)),
    )
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return { path, close: () => close(server) }
}

/** One question to a role; with a `body` it is a POST. Rejects when nobody listens, `timeoutMs` passes, or the page has thrown. */
export function askAdmin(path: string, url: string, timeoutMs = 1000, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const asked = request({ socketPath: path, path: url, method, agent: false, signal: AbortSignal.timeout(timeoutMs) }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 500) reject(new Error(text))
        else resolve(text)
      })
    })
    asked.on('error', reject).end(body)
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

async function answer(request: IncomingMessage, response: ServerResponse, answers: AdminAnswers): Promise<void> {
  const url = request.url ?? ''
  const { pathname, searchParams } = new URL(url, 'http://role')
  const page = answers.pages?.get(`${request.method} ${pathname}`)
  if (page !== undefined) {
    const answered = await page({ query: searchParams, body: await bodyOf(request) })
    return send(response, 200, 'application/json', JSON.stringify(answered))
  }
  if (url === '/metrics') return send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await answers.exposition())
  if (url !== '/healthz') {
    const more = [...(answers.pages?.keys() ?? [])].map(name => `, ${name}`).join('')
    return send(response, 404, 'text/plain', `there are GET /healthz, GET /metrics${more}\n`)
  }
  const health = await answers.health()
  send(response, health.state === 'ready' ? 200 : 503, 'application/json', JSON.stringify(health))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
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
