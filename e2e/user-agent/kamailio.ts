/** A Kamailio that is the registrar, the proxy and the presence server of `phones.example`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../ports.ts'
import { until } from '../until.ts'

export interface KamailioOptions {
  readonly algorithm?: 'MD5' | 'SHA-256'
  /** Watch that counts of a nonce rise. Default true. */
  readonly counts?: boolean
  /** A nonce serves one request only: the next one is told that it is stale. */
  readonly once?: boolean
}

export class Kamailio {
  /** `127.0.0.5:PORT`, for UDP and TCP. */
  readonly address: string
  readonly #folder: string
  readonly #file: string
  #child: ChildProcess | undefined
  #log = ''

  static async start(folder: string, options: KamailioOptions = {}): Promise<Kamailio> {
    const kamailio = new Kamailio(mkdtempSync(join(folder, 'kamailio-')), `127.0.0.5:${await freePort()}`, options)
    await kamailio.#start()
    return kamailio
  }

  private constructor(folder: string, address: string, { algorithm = 'MD5', counts = true, once = false }: KamailioOptions) {
    this.address = address
    this.#folder = folder
    this.#file = join(folder, 'kamailio.cfg')
    const words = {
      address,
      algorithm: algorithm === 'MD5' ? '' : algorithm,
      count: counts && !once ? '1' : '0',
      once: once ? '1' : '0',
      db: join(folder, 'db'),
    }
    const text = readFileSync(new URL('kamailio.cfg', import.meta.url), 'utf8')
    writeFileSync(
      this.#file,
      Object.entries(words).reduce((text, [word, value]) => text.replaceAll(`[${word}]`, value), text),
    )
  }

  /** Waits until it has answered so by itself, such as `PUBLISH of alice with 412`. */
  async answered(what: string, times = 1): Promise<void> {
    await until(`${what} by Kamailio`, () => this.#log.split(`answers ${what}`).length > times)
  }

  /** The same again, without anything it knew. */
  async restart(): Promise<void> {
    await this.stop()
    await this.#start()
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }

  close(): Promise<void> {
    return this.stop()
  }

  async #start(): Promise<void> {
    const db = join(this.#folder, 'db')
    mkdirSync(db, { recursive: true })
    for (const table of TABLES) copyFileSync(join('/usr/share/kamailio/dbtext/kamailio', table), join(db, table))
    const args = ['-DD', '-E', '-m', '32', '-M', '4', '-f', this.#file, '-w', this.#folder, '-Y', this.#folder]
    const child = spawn('kamailio', [...args, '-P', join(this.#folder, 'pid')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (this.#log += chunk))
    this.#child = child
    const gone = once(child, 'exit').then(() => {
      throw new Error(`Kamailio did not start\n${this.#log}`)
    })
    gone.catch(() => {})
    await Promise.race([gone, until('Kamailio to listen', () => this.#listens(), 20_000)])
  }

  /** Its TCP processes come last: a connection made before may be lost. */
  async #listens(): Promise<boolean> {
    const [host, port] = this.address.split(':')
    const socket = connect(Number(port), host)
    const answer = Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)]).catch(() => false)
    socket.write(PROBE)
    const answers = await answer
    socket.destroy()
    return answers
  }
}

const PROBE = [
  'OPTIONS sip:phones.example SIP/2.0',
  'Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK-probe',
  'From: <sip:probe@phones.example>;tag=probe',
  'To: <sip:phones.example>',
  'Call-ID: probe',
  'CSeq: 1 OPTIONS',
  'Max-Forwards: 70',
  'Content-Length: 0',
  '',
  '',
].join('\r\n')
const TABLES = ['version', 'presentity', 'active_watchers', 'watchers', 'xcap']
