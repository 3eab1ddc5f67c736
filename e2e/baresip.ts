/** A baresip that registers, calls, and writes down what it hears; driven over its control socket (netstrings of JSON). */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import type { Platform } from './platform.ts'
import { freePort } from './ports.ts'
import { until } from './until.ts'

/** What a baresip must know of the side it registers with; a whole platform, or a few words. */
export type Home = Pick<Platform, 'folder' | 'users' | 'password'> &
  Partial<Pick<Platform, 'secure'>> & { readonly demo: Pick<Platform['demo'], 'domain'> }

export interface BaresipOptions {
  readonly username: string
  /** Address of the phone; a different one for each, so that leaks show. */
  readonly address: string
  /** Over TLS it believes every certificate. */
  readonly transport?: 'udp' | 'tcp' | 'tls'
  /** Of the tone it plays; 440 when not given. */
  readonly hertz?: number
  /** Default: the one of demo.json. */
  readonly password?: string
  /** How long it may take to register. Default 10 s. */
  readonly patienceMs?: number
  /** Further modules: `mwi`, `presence`. */
  readonly applications?: readonly string[]
  /** Further parameters of its account: `;pubint=60`. */
  readonly account?: string
  /** Whom it knows: lines of `"Alice" <sip:alice@example.com>;presence=p2p`. */
  readonly contacts?: readonly string[]
  /** It has no outbound proxy: what it calls is reached where the URI leads. */
  readonly direct?: boolean
  /** A prefix of the command line, such as `ip netns exec NAME`. */
  readonly inside?: readonly string[]
}

interface Event {
  readonly event: true
  readonly type: string
  readonly [key: string]: unknown
}

export class Baresip {
  readonly folder: string
  readonly address: string
  readonly events: Event[] = []
  readonly #child: ChildProcess
  readonly #control: Duplex
  #buffer = Buffer.alloc(0)
  #output = ''

  private constructor(folder: string, address: string, child: ChildProcess, control: Duplex) {
    this.folder = folder
    this.address = address
    this.#child = child
    this.#control = control
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (this.#output += chunk))
    control.on('data', chunk => this.#read(chunk))
    control.on('error', () => {})
  }

  /** Resolves when it is registered. The SIP it saw is in `output`. */
  static async start(platform: Home, options: BaresipOptions): Promise<Baresip> {
    const folder = join(platform.folder, `baresip-${options.username}-${options.address}`)
    const control = await freePort()
    await configure(folder, platform, options, control)
    const [program, ...args] = [...(options.inside ?? []), 'baresip', '-4', '-s', '-f', folder]
    const child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder })
    const socket = options.inside === undefined ? await controlSocket(control) : await controlThrough(options.inside, control)
    const phone = new Baresip(folder, options.address, child, socket)
    // Registration may be over before the control socket is open, so its log is asked, not its events.
    await until('a registered baresip', () => /\/v4\} 200 OK/.test(phone.output), options.patienceMs).catch(async error => {
      await phone.stop()
      throw new Error(`${error.message}\n${phone.output}`)
    })
    return phone
  }

  /** All it printed: its log and every SIP message with its addresses (`-s`). */
  get output(): string {
    return this.#output
  }

  command(command: string, params = ''): void {
    const json = JSON.stringify({ command, params, token: command })
    this.#control.write(`${Buffer.byteLength(json)}:${json},`)
  }

  /** The next event of a type that nobody waited for yet. */
  async event(type: string, timeoutMs = 10_000): Promise<Event> {
    return until(
      `${type} at the baresip of ${this.address}`,
      () => {
        const index = this.events.findIndex(event => event.type === type)
        return index >= 0 && this.events.splice(index, 1)[0]
      },
      timeoutMs,
    )
  }

  /**
   * Hertz of the tone it heard in its latest call, by the recording of decoded audio. Complete once it has stopped. `last`: only so many
   * seconds at the end.
   */
  heard(last: number = Number.POSITIVE_INFINITY): { readonly hertz: number; readonly seconds: number } {
    const recording = readdirSync(this.folder)
      .filter(name => /^dump.*dec\.wav$/.test(name))
      .sort()
      .at(-1)
    if (recording === undefined) throw new Error(`the baresip of ${this.address} recorded nothing:\n${this.#output}`)
    return pitchOf(join(this.folder, recording), last)
  }

  async stop(): Promise<void> {
    this.command('quit')
    const last = setTimeout(() => this.#child.kill('SIGKILL'), 3000)
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    clearTimeout(last)
    this.#control.destroy()
    if (process.env.STROWGER_E2E_KEEP !== undefined) writeFileSync(join(this.folder, 'output.txt'), this.#output)
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    for (;;) {
      const colon = this.#buffer.indexOf(58)
      if (colon < 0) return
      const end = colon + 1 + Number(this.#buffer.toString('latin1', 0, colon))
      if (this.#buffer.length < end + 1) return
      const message = JSON.parse(this.#buffer.toString('utf8', colon + 1, end)) as Event
      this.#buffer = this.#buffer.subarray(end + 1)
      if (message.event === true) this.events.push(message)
    }
  }
}

/** baresip 1.0: `ausine` knows 48 kHz stereo only, `sndfile` writes what was heard, and SIP takes the next port for TLS. */
async function configure(
  folder: string,
  platform: Home,
  { username, address, transport = 'udp', hertz = 440, password = platform.password(username), ...options }: BaresipOptions,
  control: number,
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const [sip, rtp] = [await freePort(4), await freePort(40)]
  const modules = ['g711', 'ausine', 'aubridge', 'sndfile'].map(name => `module ${name}.so`)
  const { direct = false, account = '', contacts = [] } = options
  const applications = ['menu', 'ctrl_tcp', ...(contacts.length > 0 ? ['contact'] : []), ...(options.applications ?? [])].map(
    name => `module_app ${name}.so`,
  )
  writeFileSync(
    join(folder, 'config'),
    [
      'poll_method epoll',
      `sip_listen ${address}:${sip}`,
      'call_local_timeout 60',
      `audio_source ausine,${hertz}`,
      `audio_player aubridge,hears_${username}`,
      'ausrc_srate 48000',
      'ausrc_channels 2',
      `snd_path ${folder}`,
      `audio_alert aubridge,alert_${username}`,
      `rtp_ports ${rtp}-${rtp + 38}`,
      'rtcp_mux no',
      'jitter_buffer_delay 2-5',
      `ctrl_tcp_listen 127.0.0.1:${control}`,
      'module_path /usr/lib/baresip/modules',
      ...modules,
      // The instance of RFC 5626 is made of it.
      ...(account.includes('sipnat=outbound') ? ['module_tmp uuid.so'] : []),
      'module_tmp account.so',
      ...applications,
      '',
    ].join('\n'),
  )
  const { domain } = platform.demo
  const proxy = transport === 'tls' ? platform.secure?.users : platform.users
  const outbound = direct ? '' : `outbound="sip:${proxy};transport=${transport}";`
  writeFileSync(
    join(folder, 'accounts'),
    `<sip:${username}@${domain};transport=${transport}>;auth_user=${username};auth_pass=${password};${outbound}regint=60;audio_codecs=PCMA/8000/1${account}\n`,
  )
  writeFileSync(join(folder, 'contacts'), contacts.map(contact => `${contact}\n`).join(''))
}

function controlSocket(port: number): Promise<Duplex> {
  return until('a control socket of baresip', async () => {
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false)
    return open && socket
  })
}

/** Into another network namespace: a child that lives there passes bytes between its standard streams and the socket. */
async function controlThrough(inside: readonly string[], port: number): Promise<Duplex> {
  const bridge = `const s=require('net').connect(${port},'127.0.0.1',()=>process.stdout.write('+'));s.on('error',()=>process.exit(1));process.stdin.pipe(s);s.pipe(process.stdout)`
  return until('a control socket of baresip in its namespace', async () => {
    const [program, ...args] = [...inside, process.execPath, '-e', bridge]
    const child = spawn(program as string, args, { stdio: ['pipe', 'pipe', 'ignore'] })
    const open = await Promise.race([
      once(child.stdout, 'data').then(([first]) => String(first) === '+'),
      once(child, 'exit').then(() => false),
    ])
    return open && Duplex.from({ readable: child.stdout, writable: child.stdin })
  })
}

/** Counts zero crossings; a pure tone needs no more. */
export function pitchOf(file: string, newest: number = Number.POSITIVE_INFINITY): { readonly hertz: number; readonly seconds: number } {
  const all = readWave(file)
  const wav = { ...all, samples: all.samples.slice(Math.max(0, all.samples.length - newest * all.rate)) }
  const loud = wav.samples.filter(sample => Math.abs(sample) > 500).length
  if (loud < wav.rate / 10) return { hertz: 0, seconds: wav.samples.length / wav.rate }
  let crossings = 0
  let first = -1
  let last = -1
  for (let i = 1; i < wav.samples.length; i++) {
    if ((wav.samples[i - 1] as number) < 0 && (wav.samples[i] as number) >= 0) {
      crossings++
      if (first < 0) first = i
      last = i
    }
  }
  return { hertz: ((crossings - 1) * wav.rate) / Math.max(1, last - first), seconds: wav.samples.length / wav.rate }
}

/** First channel of a 16 bit PCM WAVE file, whatever its header says of its length: the writer may not have closed it. */
function readWave(file: string): { readonly rate: number; readonly samples: readonly number[] } {
  const bytes = readFileSync(file)
  const channels = bytes.readUInt16LE(22)
  const rate = bytes.readUInt32LE(24)
  const data = bytes.indexOf('data', 12, 'latin1') + 8
  const samples: number[] = []
  for (let at = data; at + 2 * channels <= bytes.length; at += 2 * channels) samples.push(bytes.readInt16LE(at))
  return { rate, samples }
}
