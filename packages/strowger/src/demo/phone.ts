/** One of the demo's phones: registers, calls, rings, answers, holds, hangs up, with real sockets and a tone of its own. RFC 3261 §10, §13. */
import type { Uri } from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import type { TapEvent } from '@strowger/sip-transport'
import { Agent } from '../agent/agent.ts'
import { AgentSession } from '../agent/agent-session.ts'
import type { EstablishedCall } from '../agent/established-call.ts'
import type { IncomingCall } from '../agent/incoming-call.ts'
import { type CallOutcome, OutgoingCall } from '../agent/outgoing-call.ts'
import { within } from '../agent/within.ts'
import { AudioPort } from '../audio/audio-port.ts'
import { PhoneRegistration } from './phone-registration.ts'

export interface PhoneOptions {
  readonly username: string
  readonly password: string
  readonly domain: string
  readonly transport: 'UDP' | 'TCP'
  readonly address: string
  /** Default 0: any free one. */
  readonly port?: number
  readonly proxy: Address
  /** What it says into every call. */
  readonly toneHz: number
  readonly tap?: (event: TapEvent) => void
}

export class Phone {
  readonly #options: PhoneOptions
  readonly #agent: Agent
  readonly #audio: AudioPort
  readonly #registration: PhoneRegistration
  #incoming: (call: IncomingCall) => void = call => call.refuse(486)

  static async open(options: PhoneOptions): Promise<Phone> {
    const { transport, address, port = 0, username, proxy, tap } = options
    const audio = await AudioPort.open(address)
    audio.play(options.toneHz)
    const agent = await Agent.open({
      transport,
      address,
      port,
      user: username,
      outbound: proxy,
      userAgent: 'Strowger demo phone',
      onCall: call => phone.#incoming(call),
      ...(tap && { tap }),
    })
    const phone = new Phone(options, agent, audio)
    return phone
  }

  private constructor(options: PhoneOptions, agent: Agent, audio: AudioPort) {
    this.#options = options
    this.#agent = agent
    this.#audio = audio
    this.#registration = new PhoneRegistration(agent, options)
  }

  get name(): string {
    return this.#options.username
  }

  get local(): Address {
    return this.#agent.local
  }

  /** Of the call that is, or was the last. */
  get audio(): AudioPort {
    return this.#audio
  }

  /** @throws Error whose message says what the registrar answered. */
  register(): Promise<void> {
    return this.#registration.register()
  }

  unregister(): Promise<void> {
    return this.#registration.unregister()
  }

  /** Dials; gives up after `patienceMs` without an answer. `begun` is told the Call-ID before the INVITE's first answer. */
  call(dialled: string, patienceMs: number, begun: (callId: string) => void = () => {}): Promise<CallOutcome> {
    this.#audio.listenAnew()
    const { username, password, domain } = this.#options
    const call = new OutgoingCall(this.#agent, new AgentSession(this.#audio, ['8']), {
      to: this.#uri(dialled, domain),
      from: this.#uri(username, domain),
      credentials: { username, password },
    })
    begun(call.callId)
    return within(call.outcome, patienceMs, () => call.cancel())
  }

  /** Rings for `ringMs` at the next call, then answers it. `undefined` when the caller was not that patient. */
  answerNext(ringMs: number): Promise<EstablishedCall | undefined> {
    this.#audio.listenAnew()
    return new Promise(resolve => {
      this.#incoming = call => {
        this.#incoming = other => other.refuse(486)
        call.ring()
        setTimeout(() => resolve(call.answer(new AgentSession(this.#audio, ['8']))), ringMs)
      }
    })
  }

  async close(): Promise<void> {
    for (const call of this.#agent.calls) await call.hangUp()
    this.#registration.close()
    this.#audio.close()
    await this.#agent.close()
  }

  #uri(user: string, host: string): Uri {
    return { scheme: 'sip', user, host, params: new Map(), headers: new Map() }
  }
}
