/** Whether the time of an answer tells a stranger which users there are: REGISTER and INVITE of a user that exists and of one that does not, in turn. RFC 3261 §22.1. */
import { spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { type Spread, spread } from '../samples.ts'

export const enumerationBench: Benchmark = { name: 'enumeration', run: async options => measure(options) }

const COMMAND = join(import.meta.dirname, '../../packages/strowger/bin/strowger.mjs')
const TRIES = 1000

/** What a stranger asks: with a wrong password, or with none. */
const QUESTIONS = [
  { work: 'REGISTER, no password', method: 'REGISTER', isAnswering: false },
  { work: 'REGISTER, wrong password', method: 'REGISTER', isAnswering: true },
  { work: 'INVITE, no password', method: 'INVITE', isAnswering: false },
  { work: 'INVITE, wrong password', method: 'INVITE', isAnswering: true },
] as const

type Question = (typeof QUESTIONS)[number]

async function measure({ smoke, rounds, say }: Options): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  const [http, ng, users, trunks, appserver] = await freePorts(5)
  const config = {
    data: folder,
    portal: { http },
    media: { ng: { port: ng }, engine: { port: ng }, ports: { from: 42_100, to: 42_198 } },
    usersProxy: { udp: users, tcp: users, tls: 0, ws: 0, wss: 0 },
    trunksProxy: { udp: trunks, tcp: trunks, tls: 0 },
    appserver: { udp: appserver },
    carrier: { enabled: false },
    bruteForce: { tries: 0 },
    overload: { lagMs: 60_000, queueMs: 60_000 },
    log: { level: 'warn' },
  }
  const file = join(folder, 'strowger.yaml')
  writeFileSync(file, JSON.stringify(config))
  const child = spawn(process.execPath, [COMMAND, 'start', '--config', file], { stdio: 'ignore' })
  const stranger = await Stranger.open(users!)
  try {
    while (!(await isReady(http!))) {
      if (child.exitCode !== null) throw new Error(`strowger start ended with ${child.exitCode} before it was ready`)
      await sleep(50)
    }
    const results: Result[] = []
    for (const question of QUESTIONS) {
      results.push(await compared(stranger, question, smoke ? 50 : TRIES * Math.min(rounds, 5)))
      say(question.work)
    }
    return results
  } finally {
    stranger.close()
    const exit = once(child, 'exit')
    if (child.exitCode === null && child.kill('SIGINT')) await exit
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In turn, so that what the machine does meanwhile befalls both. */
async function compared(stranger: Stranger, question: Question, tries: number): Promise<Result> {
  const times: { readonly known: number[]; readonly unknown: number[] } = { known: [], unknown: [] }
  for (const user of ['alice', 'nadia'] as const) for (let n = 0; n < 50; n++) await stranger.ask(user, question)
  for (let n = 0; n < tries; n++) {
    // Who comes first alternates, too.
    for (const user of n % 2 === 0 ? (['alice', 'nadia'] as const) : (['nadia', 'alice'] as const))
      times[user === 'alice' ? 'known' : 'unknown'].push(await stranger.ask(user, question))
  }
  const [known, unknown] = [quartiles(times.known), quartiles(times.unknown)]
  const differs = `medians differ by ${(Math.abs(known.median - unknown.median) * 1000).toFixed(1)} µs`
  return { ...compare('enumeration', question.work, 'ms', 'a user that does not exist', known, unknown), note: differs }
}

/** Of so many single answers the least and the most say nothing: the quartiles stand in their place. */
function quartiles(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b)
  return { ...spread(sorted), least: sorted[sorted.length >> 2]!, most: sorted[(3 * sorted.length) >> 2]! }
}

class Stranger {
  readonly #socket: Socket
  readonly #port: number
  #nonce = 'none'
  #count = 0

  static async open(port: number): Promise<Stranger> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Stranger(socket, port)
  }

  private constructor(socket: Socket, port: number) {
    this.#socket = socket
    this.#port = port
  }

  /** Until the final answer, ms. */
  async ask(user: string, { method, isAnswering }: Question): Promise<number> {
    const branch = `z9hG4bK${++this.#count}`
    const bytes = Buffer.from(this.#text(user, method, isAnswering, branch))
    const answered = this.#answerTo(branch)
    const began = performance.now()
    this.#socket.send(bytes, this.#port, '127.0.0.1')
    const text = await answered
    const took = performance.now() - began
    if (!/^SIP\/2\.0 40[17] /.test(text)) throw new Error(`not a challenge: ${text.slice(0, 60)}`)
    this.#nonce = /nonce="([^"]+)"/.exec(text)?.[1] ?? this.#nonce
    if (method === 'INVITE') this.#socket.send(this.#acknowledgement(user, branch, text), this.#port, '127.0.0.1')
    return took
  }

  close(): void {
    this.#socket.close()
  }

  async #answerTo(branch: string): Promise<string> {
    for (;;) {
      const [bytes] = (await once(this.#socket, 'message', { signal: AbortSignal.timeout(10_000) })) as [Buffer]
      const text = bytes.toString()
      if (text.includes(`${branch};`) && !text.startsWith('SIP/2.0 1')) return text
    }
  }

  #text(user: string, method: string, isAnswering: boolean, branch: string): string {
    const aor = `sip:${user}@demo.localhost`
    const uri = method === 'REGISTER' ? 'sip:demo.localhost' : 'sip:102@demo.localhost'
    const count = this.#count.toString(16).padStart(8, '0')
    const credentials = `Digest username="${user}", realm="demo.localhost", nonce="${this.#nonce}", uri="${uri}", response="${'0'.repeat(64)}", algorithm=SHA-256, qop=auth, nc=${count}, cnonce="c0ffee"`
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${(this.#socket.address() as AddressInfo).port};branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: <${aor}>;tag=${this.#count}`,
      `To: <${method === 'REGISTER' ? aor : uri}>`,
      `Call-ID: enumeration-${this.#count}`,
      `CSeq: 1 ${method}`,
      `Contact: <sip:${user}@127.0.0.1>`,
      ...(isAnswering ? [`${method === 'REGISTER' ? '' : 'Proxy-'}Authorization: ${credentials}`] : []),
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n')
  }

  #acknowledgement(user: string, branch: string, answer: string): string {
    const to = /^To: .*$/m.exec(answer)?.[0].trim()
    return this.#text(user, 'INVITE', false, branch)
      .replace(/^INVITE/, 'ACK')
      .replace('CSeq: 1 INVITE', 'CSeq: 1 ACK')
      .replace(/^To: .*$/m, to ?? 'To: <sip:102@demo.localhost>')
  }
}

async function isReady(http: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${http}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** Free a moment ago, all at the same time. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  return ports
}
