/** A Kamailio as the session border controller of a carrier: TLS with certificates on both sides towards us, UDP towards its own network. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Platform } from '../platform.ts'
import { freePort } from '../ports.ts'
import { until } from '../until.ts'
import type { Issued } from './authority.ts'
import { options } from './s-client.ts'

export interface SbcOptions {
  readonly address: string
  /** Where its TLS is; the platform's carrier has to know. */
  readonly tls: number
  readonly certificate: Issued
  /** `address:port`, UDP, of whom it takes calls to. */
  readonly far: string
}

export class Sbc {
  /** `address:port` of its UDP. */
  readonly inner: string
  readonly #child: ChildProcess
  #log = ''

  private constructor(inner: string, child: ChildProcess) {
    this.inner = inner
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (this.#log += chunk))
  }

  /** It believes nobody but the platform. */
  static async start(platform: Platform, { address, tls, certificate, far }: SbcOptions): Promise<Sbc> {
    const folder = mkdtempSync(join(platform.folder, 'sbc-'))
    const udp = await freePort()
    const tlsConfig = join(folder, 'tls.cfg')
    const proof = [
      'method = TLSv1.2+',
      'verify_certificate = yes',
      'require_certificate = yes',
      `private_key = ${certificate.keyFile}`,
      `certificate = ${certificate.certFile}`,
      `ca_list = ${platform.certificate}`,
      '',
    ].join('\n')
    writeFileSync(tlsConfig, `[server:default]\n${proof}[client:default]\n${proof}`)
    const words = { address, tls, udp, tlsconfig: tlsConfig, far, trunks: platform.secure.trunks }
    const text = readFileSync(new URL('kamailio.cfg', import.meta.url), 'utf8')
    writeFileSync(
      join(folder, 'kamailio.cfg'),
      Object.entries(words).reduce((text, [word, value]) => text.replaceAll(`[${word}]`, String(value)), text),
    )
    const args = ['-DD', '-E', '-m', '32', '-M', '4', '-f', join(folder, 'kamailio.cfg'), '-w', folder, '-Y', folder]
    const child = spawn('kamailio', [...args, '-P', join(folder, 'pid')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    })
    const sbc = new Sbc(`${address}:${udp}`, child)
    await until('Kamailio to answer', () => sbc.#answers(address, udp), 60_000).catch(async error => {
      await sbc.stop()
      throw new Error(`${error.message}\n${sbc.#log}`)
    })
    return sbc
  }

  get log(): string {
    return this.#log
  }

  /** Waits until it has taken that, such as `BYE by tls`. */
  async takes(what: string): Promise<void> {
    await until(`${what} at Kamailio`, () => this.#log.includes(`has ${what}`), 30_000).catch(error => {
      throw new Error(`${error.message}\n${this.#log}`)
    })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exit
  }

  /** Its TCP processes come last. */
  async #answers(address: string, port: number): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error('Kamailio did not start')
    const socket = connect(port, address)
    const answer = Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)]).catch(() => false)
    socket.write(options('sip:sbc.test', 'probe').replace('SIP/2.0/TLS', 'SIP/2.0/TCP'))
    const answers = await answer
    socket.destroy()
    return answers
  }
}
