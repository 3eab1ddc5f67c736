/** `openssl s_client` as a SIP client: shakes hands, sends what it is told, keeps what it reads. RFC 3261 §26.2.1, RFC 8446. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { until } from '../until.ts'

export class TlsClient {
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>
  #said = ''
  #read = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#exit = once(child, 'exit')
    child.stdout?.on('data', chunk => (this.#read += chunk))
    child.stderr?.on('data', chunk => (this.#said += chunk))
    child.stdin?.on('error', () => {})
  }

  /** Shakes hands with `to`, `address:port`, or fails; see `handshake`. */
  static open(to: string, ...args: readonly string[]): Promise<TlsClient> {
    return TlsClient.inside([], to, ...args)
  }

  /** The same after a prefix of the command line, such as `ip netns exec NAME`. */
  static async inside(prefix: readonly string[], to: string, ...args: readonly string[]): Promise<TlsClient> {
    const [program, ...rest] = [...prefix, 'openssl', 's_client', '-connect', to, '-brief', '-nocommands', ...args]
    const child = spawn(program!, rest, { stdio: 'pipe' })
    const client = new TlsClient(child)
    await until('the end of a handshake of openssl', () => client.#over() || /^Server Temp Key.*$/m.test(client.#said), 30_000)
    return client
  }

  /** What it says of it: protocol version, the certificate it saw, the errors. */
  get handshake(): string {
    return this.#said
  }

  get received(): string {
    return this.#read
  }

  send(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Waits for more from the server; @returns all that came. */
  async receive(pattern: RegExp): Promise<string> {
    await until(`${pattern} over TLS`, () => pattern.test(this.#read), 30_000).catch(error => {
      throw new Error(`${error.message}: ${this.#read}\n${this.#said}`)
    })
    return this.#read
  }

  /** Waits until the connection is closed. */
  async ended(): Promise<void> {
    await until('the end of a TLS connection', () => this.#over(), 30_000)
  }

  async stop(): Promise<void> {
    if (!this.#over()) this.#child.kill('SIGKILL')
    await this.#exit
  }

  #over(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}

/** An OPTIONS as a program types it, from a client whose Via is of no use. RFC 3261 §11.1. */
export function options(uri: string, branch: string, ...more: readonly string[]): string {
  return [
    `OPTIONS ${uri} SIP/2.0`,
    `Via: SIP/2.0/TLS client.invalid;branch=z9hG4bK${branch};rport`,
    'From: <sip:probe@client.invalid>;tag=probe',
    `To: <${uri}>`,
    `Call-ID: ${branch}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}
