/** Two agents, or more, on one simulated network in one simulated time. */
import { type Parsed, parse, type SipRequest, type SipResponse, utf8, utf8Bytes } from '@strowger/sip-parser'
import { type Hop, type Millis, type Output, TransactionLayer } from '@strowger/sip-transaction'
import { seededRandom, seededToken } from '@strowger/testkit'
import { type SavedCall, UserAgent, type UserAgentOptions, type UserAgentOutput } from '../../src/call/index.ts'
import { nodeHash } from '../../src/node.ts'

export interface NetOptions {
  readonly seed?: number
  readonly loss?: number
  readonly duplicate?: number
  readonly reorder?: number
  readonly delayMs?: Millis
  readonly transport?: Hop['transport']
}

/** What a party does with what its agent tells it. */
export type Script = (output: UserAgentOutput, party: Party) => void

type Said = SipRequest | SipResponse

export class Party {
  agent: UserAgent
  layer: TransactionLayer
  readonly name: string
  readonly net: Net
  readonly options: Partial<UserAgentOptions>
  /** All that the agent told. */
  readonly heard: UserAgentOutput[] = []
  /** Layer outputs that the agent did not want. */
  readonly strangers: Output[] = []
  script: Script = () => {}
  /** Looks at what the layer puts out before the agent does; true keeps it from the agent. Makes a peer with habits of its own. */
  core: (output: Output, party: Party) => boolean = () => false
  /** Host number on the network. */
  readonly host: string
  /** A reset clock, as in another process: what `now` is there when it is 0 on the network. */
  clock = 0

  constructor(net: Net, name: string, host: string, options: Partial<UserAgentOptions>) {
    Object.assign(this, { net, name, host, options })
    this.net = net
    this.name = name
    this.host = host
    this.options = options
    this.layer = this.#layer()
    this.agent = this.#agent()
  }

  get now(): Millis {
    return this.net.now + this.clock
  }

  get contact(): string {
    return `sip:${this.name}@${this.host}:5060`
  }

  /** The names of calls it has heard of, in order. */
  get calls(): string[] {
    return [...new Set(this.heard.map(({ call }) => call))]
  }

  kinds(): string[] {
    return this.heard.map(({ kind }) => kind)
  }

  of<K extends UserAgentOutput['kind']>(kind: K): (UserAgentOutput & { readonly kind: K })[] {
    return this.heard.filter((each): each is UserAgentOutput & { readonly kind: K } => each.kind === kind)
  }

  /** Dies, and comes back in another process with another clock, holding nothing but what its calls were saved as. */
  restart(): void {
    const ids = this.net.names(this)
    const saved = ids.flatMap(id => this.agent.save(this.now, id) ?? []).map(each => JSON.parse(JSON.stringify(each)) as SavedCall)
    this.renew()
    for (const each of saved) this.agent.restore(this.now, each)
  }

  /** Another process with another clock, holding nothing. */
  renew(): void {
    this.clock += 86_400_000 + this.net.now
    this.layer = this.#layer()
    this.agent = this.#agent()
  }

  /** The way by which something of the other's comes. */
  hopFrom(other: Party): Hop {
    return this.net.hop(this.host, other.host)
  }

  #layer(): TransactionLayer {
    return new TransactionLayer({ token: this.net.token, tagOf: () => 'stateless', findMerged: true })
  }

  #agent(): UserAgent {
    const { layer, net } = this
    const hop = (uri: { readonly host: string }): Hop => ({
      transport: net.options.transport ?? 'UDP',
      local: { address: this.host, port: 5060 },
      remote: { address: net.hostOf(uri.host), port: 5060 },
    })
    return new UserAgent({ layer, token: net.token, random: net.random, hash: nodeHash, contact: this.contact, hop, ...this.options })
  }
}

export class Net {
  now: Millis = 0
  readonly options: NetOptions
  readonly random: () => number
  readonly token: () => string
  readonly parties: Party[] = []
  /** Every datagram sent, lost ones included. */
  readonly sent: { readonly at: Millis; readonly from: string; readonly to: string; readonly message: Said }[] = []
  /** True loses it. */
  drop: (message: Said, from: string) => boolean = () => false
  /** Sees whatever arrives, and where. */
  tap: (message: Said, to: Party) => void = () => {}
  /** What is sent to `ring.test` goes to all of these. */
  forked: Party[] = []
  /** Called before anything else happens at this moment; for restarts. */
  onStep: (step: number) => void = () => {}
  readonly #agenda: { readonly at: Millis; readonly act: () => void }[] = []
  #steps = 0

  constructor(options: NetOptions = {}) {
    this.options = options
    this.random = seededRandom(options.seed ?? 1)
    this.token = seededToken(this.random)
  }

  party(name: string, script: Script = () => {}, options: Partial<UserAgentOptions> = {}): Party {
    const party = new Party(this, name, `192.0.2.${this.parties.length + 1}`, options)
    party.script = script
    this.parties.push(party)
    return party
  }

  hostOf(host: string): string {
    if (host === 'ring.test') return FORK
    return this.parties.find(({ name, host: own }) => `${name}.test` === host || own === host)?.host ?? host
  }

  /** Calls that the party's agent keeps. */
  names(party: Party): string[] {
    return party.calls.concat(this.#own.get(party) ?? []).filter((id, i, all) => all.indexOf(id) === i)
  }

  readonly #own = new Map<Party, string[]>()

  call(from: Party, to: Party | 'ring', more: { offer?: Uint8Array; headers?: [string, string][] } = { offer: sdp('offer') }): string {
    const id = from.agent.invite(from.now, {
      from: `sip:${from.name}@${from.name}.test`,
      to: to === 'ring' ? 'sip:all@ring.test' : `sip:${to.name}@${to.name}.test`,
      ...more,
    })
    this.#own.set(from, [...(this.#own.get(from) ?? []), id])
    this.drain()
    return id
  }

  /** Somebody else on the wire. */
  inject(to: Party, text: string, from = '192.0.2.99'): void {
    const message = parse(utf8Bytes(text))
    if (message.kind === 'malformed') throw new Error(`${message.code} at ${message.offset} of\n${text}`)
    to.layer.receive(to.now, message, this.hop(to.host, from))
    this.drain()
  }

  after(ms: Millis, act: () => void): void {
    const at = this.now + ms
    let place = this.#agenda.length
    while (place > 0 && this.#agenda[place - 1]!.at > at) place--
    this.#agenda.splice(place, 0, { at, act })
  }

  advance(ms: Millis): void {
    const until = this.now + ms
    for (let next = this.#next(); next <= until; next = this.#next()) {
      this.now = next
      this.onStep(this.#steps++)
      if (this.#agenda[0] !== undefined && this.#agenda[0].at <= next) this.#agenda.shift()?.act()
      for (const party of this.parties) {
        if (party.layer.nextWake <= party.now) party.layer.wake(party.now)
        this.#drainLayer(party)
        if (party.agent.nextWake <= party.now) party.agent.wake(party.now)
      }
      this.drain()
    }
    this.now = until
  }

  drain(): void {
    for (let busy = true; busy; ) busy = this.parties.map(party => this.#drain(party)).includes(true)
  }

  /** What is alive an hour later: all zeros, or something will never end. */
  leftovers(): number[] {
    this.advance(3_600_000)
    return this.parties.flatMap(({ layer, agent }) => [...Object.values(layer.counts()), ...Object.values(agent.counts())])
  }

  /** `INVITE 180 200 ACK`: what went over the wire. */
  flow(): string {
    return this.sent.map(({ message }) => (message.kind === 'request' ? message.method : String(message.status))).join(' ')
  }

  #next(): Millis {
    const wakes = this.parties.flatMap(({ layer, agent, clock }) => [layer.nextWake - clock, agent.nextWake - clock])
    return Math.max(this.now, Math.min(this.#agenda[0]?.at ?? Number.POSITIVE_INFINITY, ...wakes))
  }

  #drain(party: Party): boolean {
    let busy = this.#drainLayer(party)
    for (let output = party.agent.poll(); output !== undefined; output = party.agent.poll()) {
      busy = true
      party.heard.push(output)
      party.script(output, party)
    }
    return busy
  }

  #drainLayer(party: Party): boolean {
    let busy = false
    for (let output = party.layer.poll(); output !== undefined; output = party.layer.poll()) {
      busy = true
      if (output.kind === 'transmit') this.#transmit(party, output.bytes, output.hop)
      else if (!party.core(output, party) && !party.agent.take(party.now, output)) {
        party.strangers.push(output)
        if (output.kind === 'request') party.agent.decline(output.incoming)
      }
    }
    return busy
  }

  #transmit(from: Party, bytes: Uint8Array, hop: Hop): void {
    const message = readable(parse(bytes), bytes)
    this.sent.push({ at: this.now, from: from.name, to: hop.remote.address, message })
    const { loss = 0, duplicate = 0, reorder = 0, delayMs = 5 } = this.options
    if (this.drop(message, from.name)) return
    for (let copies = this.random() < duplicate ? 2 : 1; copies > 0; copies--) {
      if (this.random() < loss) continue
      const held = this.random() < reorder ? this.random() * 400 : 0
      this.after(delayMs + held, () => {
        const reached = hop.remote.address === FORK ? this.forked : this.parties.filter(({ host }) => host === hop.remote.address)
        for (const to of reached) {
          this.tap(message, to)
          to.layer.receive(to.now, message, to.hopFrom(from))
        }
      })
    }
  }

  hop(local: string, remote: string): Hop {
    return { transport: this.options.transport ?? 'UDP', local: { address: local, port: 5060 }, remote: { address: remote, port: 5060 } }
  }
}

/** The address of `ring.test`. */
const FORK = '192.0.2.254'

function readable(message: Parsed, bytes: Uint8Array): Said {
  if (message.kind === 'malformed') throw new Error(`an agent sent a malformed message: ${message.code} in\n${utf8(bytes)}`)
  return message
}

export function sdp(text: string): Uint8Array {
  return utf8Bytes(`v=0\r\ns=${text}\r\n`)
}

/** The word that {@link sdp} was made of. */
export function word(description: Uint8Array | undefined): string | undefined {
  return description === undefined ? undefined : /s=(.*)\r\n/.exec(utf8(description))?.[1]
}
