/** Phones of ours and a SIPp beside them, on loopback, each test with its own. RFC 3261 §8. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utf8, utf8Bytes } from '@strowger/sip-parser'
import { openPhone, type Phone, type PhoneCall, type PhoneOptions } from '@strowger/sip-transport'
import { afterEach, beforeEach } from 'vitest'
import { type Sipp, type SippOptions, sipp, type Transport } from '../sipp.ts'
import { until } from '../until.ts'

export interface StageOptions extends Partial<Omit<SippOptions, 'scenario' | 'scenarios' | 'to' | 'keys'>> {
  /** Words of the scenario. */
  readonly words?: Readonly<Record<string, string>>
}

export class Stage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'strowger-ua-'))
  readonly #open: { close(): Promise<void> }[] = []

  /** A phone of ours: `sip:alice@127.0.0.1`. */
  async phone(options: Partial<PhoneOptions> = {}, transport: Transport = 'udp'): Promise<Phone> {
    return this.keep(await openPhone({ on: [`${transport}:127.0.0.1:0`], aor: 'sip:alice@127.0.0.1', ...options }))
  }

  /** A SIPp that waits for one call. */
  async callee(scenario: string, options: StageOptions = {}): Promise<Sipp & { readonly uri: string }> {
    const peer = await this.#sipp(scenario, '127.0.0.1:9', options)
    const { transport = 'udp' } = options
    await Promise.race([until('SIPp to listen', () => listens(transport, peer)), peer.done()])
    return Object.assign(peer, { uri: `sip:sipp@${peer.address}:${peer.port};transport=${transport}` })
  }

  /** A SIPp that calls `phone`, or whoever is at that contact. */
  caller(scenario: string, phone: Pick<Phone, 'contact'>, options: StageOptions = {}): Promise<Sipp> {
    return this.#sipp(scenario, /@([^;>]+)/.exec(phone.contact)![1]!, options)
  }

  /** Closed when the test is over, last first. */
  keep<T extends { close(): Promise<void> }>(one: T): T {
    this.#open.push(one)
    return one
  }

  async close(): Promise<void> {
    for (const one of this.#open.splice(0).reverse()) await one.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #sipp(scenario: string, to: string, { words, ...options }: StageOptions): Promise<Sipp> {
    const scenarios = new URL('scenarios/', import.meta.url)
    const opposite = { folder: this.folder, users: to, password: () => 'secret' }
    const keys = { ...WORDS, ...words }
    const peer = await sipp(opposite, { user: 'sipp', timeoutSeconds: 30, ...options, scenario, scenarios, to, keys })
    this.keep({ close: () => peer.stop() })
    return peer
  }
}

/** For the tests of one file: a fresh stage each. */
export function stages(): () => Stage {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => stage.close())
  return () => stage
}

export async function nextCall(phone: Phone): Promise<PhoneCall> {
  const { value } = await phone.calls[Symbol.asyncIterator]().next()
  return value as PhoneCall
}

/** Told apart by its `s=`. */
export function sdp(name: string, more = ''): Uint8Array {
  return utf8Bytes(
    `v=0\r\no=ours 1 1 IN IP4 127.0.0.1\r\ns=${name}\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n${more}`,
  )
}

/** The `s=` of a description. */
export function nameIn(description: Uint8Array | undefined): string | undefined {
  return description && /^s=(.*?)\r?$/m.exec(utf8(description))?.[1]
}

const WORDS = { callee: 'alice', headers: '', fork: '', version: '1' }

/** Asks the kernel, so that nothing of the test is counted as a call. */
function listens(transport: Transport, { address, port }: Sipp): boolean {
  const host = address
    .split('.')
    .reverse()
    .map(byte => Number(byte).toString(16).padStart(2, '0'))
    .join('')
  const local = `${host}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
  return readFileSync(`/proc/net/${transport}`, 'utf8').includes(` ${local} `)
}
