/** A linphone that registers, calls and is called, with files for a sound card; driven by lines on its standard input. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pitchOf } from '../baresip.ts'
import type { Platform } from '../platform.ts'
import { freePort } from '../ports.ts'
import { until } from '../until.ts'

export interface LinphoneOptions {
  readonly username: string
  /** Address of the phone. */
  readonly address: string
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** Of the tone it plays. */
  readonly hertz: number
  /** PEM file of whom it believes over TLS. Default: the platform's certificate. */
  readonly authorities?: string
}

export class Linphone {
  readonly #folder: string
  readonly #child: ChildProcess
  #output = ''

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (this.#output += chunk))
    child.stdin?.on('error', () => {})
  }

  /** Not yet registered: see `registered`. */
  static async start(platform: Platform, options: LinphoneOptions): Promise<Linphone> {
    const folder = mkdtempSync(join(platform.folder, `linphone-${options.username}-`))
    const data = join(folder, '.local/share')
    mkdirSync(join(data, 'linphone'), { recursive: true })
    writeFileSync(join(folder, 'tone.wav'), tone(options.hertz))
    writeFileSync(join(folder, 'rc'), await settings(folder, platform, options))
    const child = spawn('linphonec', ['-c', join(folder, 'rc'), '-d', '6', '-l', join(folder, 'log')], {
      cwd: folder,
      stdio: 'pipe',
      env: { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: data },
    })
    const phone = new Linphone(folder, child)
    phone.command('soundcard use files', `play ${join(folder, 'tone.wav')}`, `record ${join(folder, 'heard.wav')}`)
    return phone
  }

  /** All it printed. */
  get output(): string {
    return this.#output
  }

  /** Its log, with every message it sent and received. */
  get log(): string {
    const file = join(this.#folder, 'log')
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  command(...lines: readonly string[]): void {
    for (const line of lines) this.#child.stdin?.write(`${line}\n`)
  }

  async registered(): Promise<void> {
    await this.logs('moving from state [LinphoneRegistrationProgress] to [LinphoneRegistrationOk]')
  }

  /** Waits until that is in its log. */
  async logs(what: string): Promise<void> {
    await until(`"${what}" in the log of linphone`, () => this.log.includes(what), 30_000).catch(error => {
      throw new Error(`${error.message}\n${this.#output}\n${this.log.slice(-20_000)}`)
    })
  }

  /** Waits until it printed that, such as `/Call 1 .*connected/`. */
  async says(what: RegExp): Promise<void> {
    await until(`${what} by linphone`, () => what.test(this.#output), 30_000).catch(error => {
      throw new Error(`${error.message}\n${this.#output}\n${this.log.slice(-20_000)}`)
    })
  }

  /** Hertz of the tone it heard. Complete once it has stopped. */
  heard(): { readonly hertz: number; readonly seconds: number } {
    return pitchOf(join(this.#folder, 'heard.wav'))
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.command('quit')
    const last = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await exit
    clearTimeout(last)
  }
}

/** The port of other transports is 0: not listened on. */
async function settings(
  folder: string,
  platform: Platform,
  { username, address, transport, authorities = platform.certificate }: LinphoneOptions,
): Promise<string> {
  const { domain } = platform.demo
  const [port, rtp] = [await freePort(), await freePort(4)]
  // Its TLS library compares names only, no addresses.
  const proxy = transport === 'tls' ? `localhost:${platform.ports.usersTls}` : platform.users
  const on = (own: string): number => (own === transport ? port : 0)
  return `
[sip]
sip_port=${on('udp')}
sip_tcp_port=${on('tcp')}
sip_tls_port=${on('tls')}
bind_address=${address}
guess_hostname=1
root_ca=${authorities}
verify_server_certs=1
verify_server_cn=1
media_encryption=none
default_proxy=0
[rtp]
audio_rtp_port=${rtp}
[net]
mtu=1300
[misc]
user_certificates_path=${folder}
[proxy_0]
reg_proxy=<sip:${proxy};transport=${transport}>
reg_route=<sip:${proxy};transport=${transport};lr>
reg_identity=sip:${username}@${domain}
reg_expires=300
reg_sendregister=1
publish=0
[auth_info_0]
username=${username}
passwd=${platform.password(username)}
realm=${domain}
domain=${domain}
`
}

/** A WAVE file of 30 seconds. */
function tone(hertz: number): Buffer {
  const rate = 8000
  const file = Buffer.alloc(44 + 30 * rate * 2)
  file.write('RIFF', 0)
  file.writeUInt32LE(file.length - 8, 4)
  file.write('WAVEfmt ', 8)
  for (const [at, value] of [
    [16, 16],
    [24, rate],
    [28, rate * 2],
    [40, file.length - 44],
  ] as const)
    file.writeUInt32LE(value, at)
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    file.writeUInt16LE(value, at)
  file.write('data', 36)
  for (let i = 0; i < 30 * rate; i++) file.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * hertz * i) / rate)), 44 + 2 * i)
  return file
}
