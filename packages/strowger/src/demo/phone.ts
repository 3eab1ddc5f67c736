/** One of the demo's phones: registers, calls, rings, answers, holds, hangs up, with real sockets and a tone of its own. RFC 3261 §10, §13. */
import { statusPhrase } from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import { openPhone, type PhoneCall, type Phone as SipPhone, type TapEvent, TransportError } from '@strowger/sip-transport'
import { AudioPort } from '../audio/audio-port.ts'
import { addressOf, hostOf } from '../voice/address-of.ts'
import { Voice } from '../voice/voice.ts'
import { answer, type CallOutcome, dial, type VoiceCall } from '../voice/voice-call.ts'

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
  readonly #sip: SipPhone
  readonly #audio: AudioPort
  /** Whoever waits for a call. */
  #awaited: ((call: PhoneCall) => void) | undefined

  static async open(options: PhoneOptions): Promise<Phone> {
    const { transport, address, port = 0, username, password, domain, proxy, toneHz, tap } = options
    const audio = await AudioPort.open(address)
    audio.play(toneHz)
    const sip = await openPhone({
      on: [`${transport.toLowerCase()}:${hostOf(address)}:${port}`],
      aor: `sip:${username}@${domain}`,
      password,
      realm: domain,
      proxy: `sip:${hostOf(proxy.address)}:${proxy.port};transport=${transport.toLowerCase()}`,
      expiresSeconds: 300,
      methods: [],
      product: 'Strowger demo phone',
      ...(tap && { tap }),
    })
    return new Phone(options, sip, audio)
  }

  private constructor(options: PhoneOptions, sip: SipPhone, audio: AudioPort) {
    this.#options = options
    this.#sip = sip
    this.#audio = audio
    void this.#serve()
  }

  get name(): string {
    return this.#options.username
  }

  get local(): Address {
    return addressOf(this.#sip)
  }

  /** Of the call that is, or was the last. */
  get audio(): AudioPort {
    return this.#audio
  }

  /** @throws Error whose message says what the registrar answered. */
  async register(): Promise<void> {
    try {
      await this.#sip.register()
    } catch (error) {
      throw new Error(this.#complaint(error instanceof TransportError ? error.status : undefined), { cause: error })
    }
  }

  /** Also when the registrar does not answer: then the binding runs out by itself. */
  unregister(): Promise<void> {
    return this.#sip.unregister()
  }

  /** Dials; gives up after `patienceMs` without an answer. */
  call(dialled: string, patienceMs: number): Promise<CallOutcome> {
    this.#audio.listenAnew()
    return dial(this.#sip, this.#voice(), { to: `sip:${dialled}@${this.#options.domain}`, patienceMs })
  }

  /** Rings for `ringMs` at the next call, then answers it. `undefined` when the caller was not that patient. */
  answerNext(ringMs: number): Promise<VoiceCall | undefined> {
    this.#audio.listenAnew()
    return new Promise(resolve => {
      this.#awaited = call => {
        this.#awaited = undefined
        call.ring()
        setTimeout(() => resolve(answer(call, this.#voice())), ringMs)
      }
    })
  }

  async close(): Promise<void> {
    await this.#sip.close()
    this.#audio.close()
  }

  /** Busy unless a call is waited for. */
  async #serve(): Promise<void> {
    for await (const call of this.#sip.calls) {
      if (this.#awaited === undefined) call.refuse(486)
      else this.#awaited(call)
    }
  }

  #voice(): Voice {
    return new Voice(this.#audio, ['8'])
  }

  #complaint(status: number | undefined): string {
    const { username, domain } = this.#options
    const who = `${username}@${domain}`
    if (status === undefined) return `the users' proxy does not answer ${username}'s REGISTER`
    if (status === 401 || status === 403) return `${who} may not register (${status}): the password in demo.json is not the one in force`
    return `${who} may not register: ${status} ${statusPhrase(status)}`
  }
}
