/** SIPp with scenarios of ours: a caller that runs to its end, or a phone that registers and takes a call. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Platform } from './platform.ts'
import { freePort } from './ports.ts'
import { until } from './until.ts'

export type Transport = 'udp' | 'tcp'

/** What SIPp must know of the side it talks to; a whole platform, or a few words. */
export type Opposite = Pick<Platform, 'folder' | 'users' | 'password'>

export interface SippOptions {
  readonly scenario: string
  /** Where scenarios are. Default: `sipp` beside this file. */
  readonly scenarios?: URL
  /** For dialogs that the other side begins. */
  readonly answering?: string
  readonly transport?: Transport
  /** Own address; every phone has another. */
  readonly address?: string
  readonly port?: number
  /** `address:port` of whom it talks to; the users' proxy when not given. */
  readonly to?: string
  readonly user?: string
  readonly domain?: string
  readonly password?: string
  /** Further `[keywords]` of the scenario. */
  readonly keys?: Readonly<Record<string, string>>
  readonly timeoutSeconds?: number
  /** Calls in all and begun per second. Default one. */
  readonly calls?: number
  readonly rate?: number
  /** Whether `messages` is wanted: of a flood it is not. */
  readonly trace?: boolean
  readonly inside?: readonly string[]
}

export interface Message {
  readonly sent: boolean
  /** Of a response. */
  readonly status?: number
  /** Of a request, or of the request a response answers. */
  readonly method: string
  readonly text: string
}

export class Sipp {
  readonly address: string
  readonly port: number
  readonly mediaPort: number
  readonly #child: ChildProcess
  readonly #messageFile: string
  readonly #errorFile: string
  readonly #exit: Promise<number | null>
  #screen = ''

  constructor(options: { address: string; port: number; mediaPort: number; child: ChildProcess; messageFile: string; errorFile: string }) {
    this.address = options.address
    this.port = options.port
    this.mediaPort = options.mediaPort
    this.#child = options.child
    this.#messageFile = options.messageFile
    this.#errorFile = options.errorFile
    this.#exit = once(this.#child, 'exit').then(([code]) => code as number | null)
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', chunk => (this.#screen += chunk))
  }

  /** What passed so far, in order. */
  get messages(): readonly Message[] {
    return messagesOf(read(this.#messageFile))
  }

  /** Final statuses it got for `method`, challenges included; what was only sent again is left out: on a busy machine a 2xx waits for its ACK. */
  statuses(method: string): readonly number[] {
    const seen = new Set<string>()
    return this.messages.flatMap(({ sent, status, method: of, text }) => {
      if (sent || status === undefined || status < 200 || of !== method) return []
      const name = [status, /^CSeq:.*$/im.exec(text)?.[0], /^Call-ID:.*$/im.exec(text)?.[0]].join()
      if (seen.has(name)) return []
      seen.add(name)
      return [status]
    })
  }

  /** Waits for a message that came in. */
  received(
    what: { readonly status?: number; readonly method: string; readonly containing?: string },
    timeoutMs = 10_000,
  ): Promise<Message> {
    return this.#passed(false, what, timeoutMs)
  }

  /** Waits for a message that went out. */
  sent(what: { readonly status?: number; readonly method: string; readonly containing?: string }, timeoutMs = 10_000): Promise<Message> {
    return this.#passed(true, what, timeoutMs)
  }

  /** The end of the scenario; throws with SIPp's own words when it went another way. */
  async done(): Promise<this> {
    const code = await this.#exit
    if (code !== 0) throw new Error(`SIPp ended with ${code}\n${read(this.#errorFile)}\n${read(this.#messageFile) || this.#screen}`)
    return this
  }

  get errors(): string {
    return read(this.#errorFile)
  }

  /** Ends a phone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  async #passed(sent: boolean, what: { status?: number; method: string; containing?: string }, timeoutMs: number): Promise<Message> {
    const { status, method, containing = '' } = what
    const fits = (message: Message): boolean =>
      message.sent === sent && message.status === status && message.method === method && message.text.includes(containing)
    return until(
      `${sent ? 'sending' : 'receiving'} ${status ?? ''} ${method} ${containing}`,
      () => this.messages.find(fits),
      timeoutMs,
    ).catch(error => {
      throw new Error(`${error.message}\n${this.errors}\n${read(this.#messageFile)}`)
    })
  }
}

export async function sipp(platform: Opposite, options: SippOptions): Promise<Sipp> {
  const { transport = 'udp', address = '127.0.0.2', user = 'alice', domain = 'demo.localhost' } = options
  const { password = platform.password(user), keys = {}, to = platform.users, timeoutSeconds = 20, inside = [] } = options
  const { calls = 1, rate = 10, trace = true } = options
  const { scenarios = new URL('sipp/', import.meta.url) } = options
  const [port, mediaPort] = [options.port ?? (await freePort()), await freePort(4)]
  const folder = mkdtempSync(join(platform.folder, 'sipp-'))
  const [messageFile, errorFile] = [join(folder, 'messages.txt'), join(folder, 'errors.txt')]
  const words = { talk: '300', ...keys, user, domain }
  const answering = options.answering === undefined ? [] : ['-oocsf', scenarioFile(folder, scenarios, options.answering, words)]
  const limits = options.answering === undefined ? ['-timeout', `${timeoutSeconds}s`, '-timeout_error'] : []
  const [program, ...args] = [
    ...[...inside, 'sipp', to, '-sf', scenarioFile(folder, scenarios, options.scenario, words), ...answering],
    ...['-i', address, '-p', String(port), '-mi', address, '-mp', String(mediaPort), '-t', transport === 'udp' ? 'u1' : 't1'],
    ...['-m', String(calls), '-r', String(rate), '-nostdin', '-nd', '-au', user, '-ap', password, ...limits],
    ...(trace ? ['-trace_msg', '-message_file', messageFile, '-trace_err', '-error_file', errorFile] : []),
  ]
  const child = spawn(program as string, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  return new Sipp({ address, port, mediaPort, child, messageFile, errorFile })
}

/** A phone that is registered when this resolves, and answers one call as the scenario says. */
export async function phone(platform: Platform, answering: string, options: Omit<SippOptions, 'scenario' | 'answering'>): Promise<Sipp> {
  const phone = await sipp(platform, { ...options, scenario: 'phone', answering })
  await phone.received({ status: 200, method: 'REGISTER', containing: '3 REGISTER' })
  return phone
}

/** SIPp reads one file, and no keyword within another: what scenarios share and our words are put in here. */
function scenarioFile(folder: string, scenarios: URL, name: string, words: Readonly<Record<string, string>>): string {
  const file = join(folder, `${name}.xml`)
  writeFileSync(file, withWords(scenario(scenarios, `${name}.xml`), words))
  return file
}

/** Attributes of an include are words of the part: `<include file="part/x.xml" status="180"/>` puts 180 for `[status]`. */
function scenario(scenarios: URL, name: string): string {
  const text = readFileSync(fileURLToPath(new URL(name, scenarios)), 'utf8')
  return text.replace(/ *<include file="([^"]+)"((?:\s+\w+="[^"]*")*)\/>\n/g, (_, part: string, attributes: string) =>
    withWords(scenario(scenarios, part), Object.fromEntries([...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, ...pair]) => pair))),
  )
}

/** A line that is nothing but an empty word goes. */
function withWords(text: string, words: Readonly<Record<string, string>>): string {
  return Object.entries(words).reduce(
    (text, [word, value]) => (value === '' ? text.replaceAll(`\n[${word}]\n`, '\n') : text).replaceAll(`[${word}]`, value),
    text,
  )
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function messagesOf(log: string): readonly Message[] {
  return log.split(/^-{20,} .*\n/m).flatMap(entry => messageOf(entry) ?? [])
}

function messageOf(entry: string): Message | undefined {
  const [, direction, text] = /^\w+ message (sent|received) [^\n]*\n\n([\s\S]*)/.exec(entry) ?? []
  if (text === undefined) return undefined
  const [, status] = /^SIP\/2.0 (\d{3})/.exec(text) ?? []
  const [, method = ''] = /^CSeq:\s*\d+\s+(\w+)/im.exec(text) ?? []
  return { sent: direction === 'sent', method, text, ...(status === undefined ? {} : { status: Number(status) }) }
}
