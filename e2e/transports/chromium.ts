/** Chromium without a window, on a page of ours: commands go to the page and events come from it over HTTP. RFC 7118. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { until } from '../until.ts'

/** What the page does; see `softphone.js`. */
export type Command =
  | { readonly do: 'register'; readonly server: string; readonly uri: string; readonly password: string }
  | { readonly do: 'call'; readonly to: string }
  | { readonly do: 'refuse'; readonly status: number }
  | { readonly do: 'leave' }

export interface PageEvent {
  readonly event: string
  readonly status?: number
  readonly cause?: string
  readonly originator?: string
  readonly from?: string
  readonly error?: boolean
}

export class Chromium {
  readonly events: PageEvent[] = []
  readonly #server: Server
  readonly #script: string
  #child: ChildProcess | undefined
  #output = ''
  #commands: Command[] = []
  #waiting: ServerResponse | undefined

  /** @param certificate PEM file of the only certificate it believes without knowing who signed it. */
  static async open(folder: string, certificate: string): Promise<Chromium> {
    const browser = new Chromium(await bundle())
    browser.#server.listen(0, '127.0.0.1')
    await once(browser.#server, 'listening')
    browser.#start(mkdtempSync(join(folder, 'chromium-')), keyOf(certificate))
    await browser.event('ready')
    return browser
  }

  private constructor(script: string) {
    this.#script = script
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  command(command: Command): void {
    this.#commands.push(command)
    this.#hand()
  }

  /** The next event of that name that nobody waited for yet. */
  async event(name: string): Promise<PageEvent> {
    return until(
      `"${name}" in the browser`,
      () => {
        const index = this.events.findIndex(({ event }) => event === name)
        return index >= 0 && this.events.splice(index, 1)[0]
      },
      60_000,
    ).catch(error => {
      throw new Error(`${error.message}; there were ${JSON.stringify(this.events)}\n${this.#output}`)
    })
  }

  async close(): Promise<void> {
    const child = this.#child
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      const last = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exit
      clearTimeout(last)
    }
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  /** Nothing of it asks the world outside for anything. */
  #start(folder: string, key: string): void {
    const { port } = this.#server.address() as AddressInfo
    const args = [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-default-apps'],
      ...['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--disable-features=WebRtcHideLocalIpsWithMdns'],
      ...[`--ignore-certificate-errors-spki-list=${key}`, `--user-data-dir=${folder}`, `http://127.0.0.1:${port}/`],
    ]
    const child = spawn('chromium', args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: folder } })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (this.#output += chunk))
    this.#child = child
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/command') {
      this.#waiting = response
      return this.#hand()
    }
    if (request.url === '/event') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      this.events.push(JSON.parse(Buffer.concat(chunks).toString()) as PageEvent)
    }
    const [type, text] = request.url === '/softphone.js' ? ['text/javascript', this.#script] : ['text/html', PAGE]
    response.writeHead(200, { 'Content-Type': type }).end(text)
  }

  #hand(): void {
    if (this.#waiting === undefined || this.#commands.length === 0) return
    this.#waiting.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(this.#commands.shift()))
    this.#waiting = undefined
  }
}

const PAGE = '<!doctype html><meta charset="utf-8"><title>softphone</title><script src="softphone.js"></script>'

/** JsSIP and the page's script as one. */
async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('softphone.js', import.meta.url))
  const lib = { entry, formats: ['iife' as const], name: 'softphone' }
  const results = await build({
    ...{ configFile: false, logLevel: 'error', publicDir: false },
    ...{ define: { 'process.env.NODE_ENV': '"production"' }, build: { write: false, minify: false, lib } },
  })
  const [first] = Array.isArray(results) ? results : [results]
  if (first === undefined || !('output' in first)) throw new Error('vite made no bundle of the page')
  return first.output[0].code
}

/** SHA-256 of the public key, as `--ignore-certificate-errors-spki-list` takes it. */
function keyOf(certificate: string): string {
  const { publicKey } = new X509Certificate(readFileSync(certificate))
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}
