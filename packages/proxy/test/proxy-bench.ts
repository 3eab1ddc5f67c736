/** A proxy on virtual time between scripted neighbours: text in, messages out, a relay that answers when told to. */

import { type Keys, newKey } from '@strowger/runtime'
import { formatUri, parse, type SipRequest, type SipResponse, Via } from '@strowger/sip-parser'
import { type Hop, type Output, TransactionLayer } from '@strowger/sip-transaction'
import { ha1 } from '@strowger/sip-ua/digest'
import { nodeHash } from '@strowger/sip-ua/node'
import type { ProxyOutput } from '../src/core/proxied.ts'
import { StatefulProxy } from '../src/core/proxy.ts'
import type { FlowToken } from '../src/core/route-token.ts'
import type { Lists } from '../src/core/state.ts'
import type { Answers, Credentials, MediaCommand, Overload, Policy, Target } from '../src/core/step.ts'
import type { Directory } from '../src/directory.ts'
import { makePolicy } from '../src/policy.ts'
import { Registrar } from '../src/registrar/registrar.ts'

export interface Sent {
  readonly message: SipRequest | SipResponse
  readonly hop: Hop
}

const OWN = { address: '127.0.0.1', port: 5060 }
export const APPSERVER: Hop = { transport: 'UDP', remote: { address: '127.0.0.1', port: 6060 }, local: OWN }
export const PASSWORD = 'secret'

/** A phone's way to the proxy. */
export function phoneAt(port: number, transport: Hop['transport'] = 'UDP', address = '127.0.0.9'): Hop {
  return { transport, remote: { address, port }, local: OWN, flow: port }
}

function credentialsOf(name: string): Credentials {
  return {
    identity: { brand: 1, client: 1, user: name === 'alice' ? 1 : 2, aor: `${name}@demo.test` },
    realm: 'demo.test',
    ha1: { MD5: ha1(nodeHash, 'MD5', name, 'demo.test', PASSWORD), 'SHA-256': ha1(nodeHash, 'SHA-256', name, 'demo.test', PASSWORD) },
  }
}

const directory: Directory = {
  credentials: (username, domain) => (domain === 'demo.test' && ['alice', 'bob'].includes(username) ? credentialsOf(username) : 'unknown'),
  domainOf: host => (host === OWN.address ? 'demo.test' : host),
  providerAt: address => (address === '127.0.0.50' ? { brand: 1 } : undefined),
  carriersFor: (_brand, _client, number) =>
    number === '+0'
      ? 'blocked'
      : number.startsWith('+7')
        ? [named(number), numbered(number, '127.0.0.51')]
        : ['127.0.0.50', '127.0.0.51'].map(address => numbered(number, address)),
}

function numbered(number: string, address: string): Target {
  return { uri: `sip:${number}@${address}:5090`, flow: { transport: 'UDP', address, port: 5090 }, side: 'outside' }
}

/** A carrier that DNS has to find. */
function named(number: string): Target {
  return { uri: `sip:${number}@carrier.test`, flow: { transport: 'UDP', address: 'carrier.test', port: 0 }, side: 'outside' }
}

/** No overload. */
const ROOM: Overload = { reason: undefined, refuses: () => undefined, retryAfter: () => 7 }

export class ProxyBench {
  now = 0
  wall = 1_800_000_000_000
  readonly sent: Sent[] = []
  readonly facts: ProxyOutput[] = []
  readonly media: MediaCommand[] = []
  /** What the relay answers; `undefined` leaves the command without an answer until `answerMedia`. */
  relay: ((command: MediaCommand) => Answers['media']) | undefined = command =>
    new TextEncoder().encode(`v=0 ${command.kind} rewritten\r\n`)
  /** Gets what the relay has not answered, instead of {@link answerMedia}. */
  later: ((answer: (media: Answers['media']) => void) => void) | undefined
  readonly keys: Keys
  readonly policy: Policy
  readonly registrar: Registrar
  readonly proxy: StatefulProxy
  readonly layer: TransactionLayer
  draining = false
  leaving = false
  /** What DNS says of `carrier.test`. */
  ways: readonly FlowToken[] = []
  readonly sought: string[] = []
  readonly named = new Map<string, string>()
  /** Ways that are broken: what is sent there fails. */
  broken: (hop: Hop) => boolean = () => false
  /** Where the application server knows us. */
  inside: Hop['local'] = OWN
  /** Who is asked for passwords and bindings is gone. */
  isAlone = false
  readonly #unanswered: (ProxyOutput & { kind: 'perform' })[] = []
  #tokens = 0

  constructor(lists: Lists, role: Policy['role'] = 'users-proxy', overload: Overload = ROOM) {
    const signing = newKey()
    this.keys = { signing, accepted: [signing] }
    const own = [
      { transport: 'UDP' as const, ...OWN },
      { transport: 'TCP' as const, ...OWN },
    ]
    this.policy = makePolicy({
      role,
      own,
      inside: () => this.inside,
      appserver: APPSERVER.remote,
      keys: this.keys,
      nonceSeconds: 300,
      directory,
      draining: () => this.draining,
      leaving: () => this.leaving,
      overload,
      emergency: ['112'],
      named: (sipCallId, call) => this.named.set(sipCallId, call),
    })
    const store = { load: async () => [], save: () => {} }
    const signer = {
      sign: (text: string) => Buffer.from(text).toString('hex'),
      verify: (token: string) => Buffer.from(token, 'hex').toString(),
    }
    this.registrar = new Registrar(
      { minExpires: 60, defaultExpires: 3600, maxExpires: 7200, maxContacts: 5, flowTimerSeconds: 120 },
      store,
      signer,
    )
    this.layer = new TransactionLayer({ token: () => `t${++this.#tokens}`, tagOf: () => 'proxytag' })
    this.proxy = new StatefulProxy(this.layer, this.policy, lists)
  }

  /** Gives the proxy a message; lines may be indented. Content-Length is written by itself. */
  receive(text: string, from: Hop): void {
    this.deliver(wire(text), from, text)
  }

  /** The same for a message as it is on the wire. */
  deliver(bytes: Uint8Array, from: Hop, text = Buffer.from(bytes).toString()): void {
    const message = parse(bytes)
    if (message.kind === 'malformed') throw new Error(`${message.code} at ${message.offset} in\n${text}`)
    this.layer.receive(this.now, message, from)
    this.#drain()
  }

  advance(ms: number): void {
    const until = this.now + ms
    while (this.layer.nextWake <= until) {
      this.now = Math.max(this.now, this.layer.nextWake)
      this.layer.wake(this.now)
      this.#drain()
    }
    this.now = until
    this.proxy.wake(this.now, this.wall + this.now)
    this.#drain()
  }

  answerMedia(media: Answers['media']): void {
    const output = this.#unanswered.shift()
    if (output === undefined) throw new Error('no relay command is outstanding')
    this.#answer(output, media)
  }

  #answer(output: ProxyOutput & { kind: 'perform' }, media: Answers['media']): void {
    if (media === undefined) throw new Error('that is no answer')
    this.proxy.answer(output.id, { media }, this.now, this.wall + this.now)
    this.#drain()
  }

  /** The messages sent since the last call. */
  take(): readonly Sent[] {
    return this.sent.splice(0)
  }

  /** The one message sent since the last call. */
  takeOne(): Sent {
    const all = this.take()
    if (all.length !== 1) throw new Error(`expected one message, got ${all.map(s => summary(s.message)).join(', ') || 'none'}`)
    return all[0]!
  }

  #drain(): void {
    for (let busy = true; busy; ) {
      busy = false
      for (let output = this.layer.poll(); output !== undefined; output = this.layer.poll()) {
        busy = true
        if (output.kind === 'transmit') this.#transmit(output)
        else this.proxy.receive(output, this.now, this.wall + this.now)
      }
      for (let output = this.proxy.poll(); output !== undefined; output = this.proxy.poll()) {
        busy = true
        if (output.kind === 'perform') this.#perform(output)
        else this.facts.push(output)
      }
    }
  }

  #transmit({ bytes, hop, transaction }: Output & { kind: 'transmit' }): void {
    if (!this.broken(hop)) this.sent.push({ message: parse(bytes) as SipRequest | SipResponse, hop })
    else if (transaction) this.layer.sendFailed(this.now, transaction)
  }

  #perform(output: ProxyOutput & { kind: 'perform' }): void {
    if (this.isAlone && output.effect.ask !== 'media') return this.proxy.fail(output.id, this.now, this.wall + this.now)
    const answers = this.#answersTo(output)
    if (answers === undefined && this.later) this.later(media => this.#answer(output, media))
    else if (answers === undefined) this.#unanswered.push(output)
    else this.proxy.answer(output.id, answers, this.now, this.wall + this.now)
  }

  #answersTo({ effect, context }: ProxyOutput & { kind: 'perform' }): Answers | undefined {
    const wall = this.wall + this.now
    switch (effect.ask) {
      case 'credentials':
        return { credentials: directory.credentials(effect.username, effect.domain) }
      case 'location':
        return { location: this.registrar.locate(effect.aor, wall) }
      case 'bind':
        return { bind: this.registrar.bind(context, effect.aor, this.policy, wall) }
      case 'ways':
        this.sought.push(formatUri(effect.uri))
        return { ways: this.ways }
      case 'media': {
        this.media.push(effect.command)
        const media = this.relay?.(effect.command)
        return media === undefined ? undefined : { media }
      }
    }
  }
}

export function summary(message: SipRequest | SipResponse): string {
  return message.kind === 'request' ? message.method : `${message.status} ${message.headers.raw('CSeq')[0]}`
}

/** Text with CRLF line ends and a Content-Length; `~` begins a line that goes on with the one before (RFC 3261 §7.3.1). */
export function wire(text: string): Uint8Array {
  const [head = '', body = ''] = text.trim().split(/\n\s*\n/)
  const lines = head.split('\n').map(line => line.trim().replace(/^~/, ' '))
  const content =
    body === ''
      ? ''
      : `${body
          .split('\n')
          .map(line => line.trim())
          .join('\r\n')}\r\n`
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\nContent-Length: ${content.length}\r\n\r\n${content}`)
}

/** A response to a request the proxy sent, as its receiver writes it. */
export function answerTo(sent: Sent, status: number, extra: readonly string[] = [], body = '', toTag = 'far'): string {
  const { headers } = sent.message
  const to = headers.raw('To')[0] ?? ''
  const lines = [
    `SIP/2.0 ${status} Whatever`,
    ...headers.raw('Via').map(v => `Via: ${v}`),
    ...headers.raw('Record-Route').map(v => `Record-Route: ${v}`),
    `From: ${headers.raw('From')[0]}`,
    `To: ${to.includes('tag=') || status === 100 ? to : `${to};tag=${toTag}`}`,
    `Call-ID: ${headers.raw('Call-ID')[0]}`,
    `CSeq: ${headers.raw('CSeq')[0]}`,
    ...extra,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
  ]
  return `${lines.join('\n')}\n\n${body}`
}

export function branchOf(message: SipRequest | SipResponse): string | undefined {
  return message.headers.get(Via)?.branch
}
