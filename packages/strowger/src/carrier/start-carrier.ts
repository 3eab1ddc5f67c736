/** The demo carrier: answers any +number with an echo, and calls the platform when it is asked to. RFC 3261 §13, §15. */
import { CONTEXT_HEADER, type Config, claimedCall, type RoleContext, type Running } from '@strowger/runtime'
import { CallId } from '@strowger/sip-parser'
import { MessageWatch, openPhone, type Phone, type PhoneCall } from '@strowger/sip-transport'
import { AudioPort } from '../audio/audio-port.ts'
import { hostOf } from '../voice/address-of.ts'
import { Voice } from '../voice/voice.ts'
import { answer, type VoiceCall } from '../voice/voice-call.ts'
import { type PlacedCall, placeCall, readWish } from './place-call.ts'

/** Rejects with what the socket says when it cannot be opened. */
export async function startCarrier(config: Config, context: RoleContext): Promise<Running> {
  const carrier = new Carrier(config, context)
  await carrier.open()
  return carrier
}

class Carrier implements Running {
  #config: Config
  readonly #context: RoleContext
  readonly #live = new Set<Promise<void>>()
  #phone!: Phone
  #draining = false

  constructor(config: Config, context: RoleContext) {
    this.#config = config
    this.#context = context
  }

  async open(): Promise<void> {
    const { carrier, sip } = this.#config
    const { pages, metrics } = this.#context
    const messages = new MessageWatch({ callOf: request => claimedCall(request.headers.raw(CONTEXT_HEADER)[0] ?? '') })
    const host = hostOf(carrier.address)
    this.#phone = await openPhone({
      on: [`udp:${host}:${carrier.udp}`],
      aor: `sip:carrier@${host}`,
      timers: sip,
      methods: [],
      product: 'Strowger demo carrier',
      tap: messages.tap,
    })
    void this.#answerAll()
    pages.set('GET /messages', ({ query }) => messages.after(Number(query.get('after') ?? 0)))
    pages.set('POST /call', ({ body }) => this.#place(body))
    metrics.gauge('strowger_carrier_calls', 'Calls of the demo carrier.', () => this.#live.size)
  }

  /** Calls that run go on until their parties end them. */
  async drain(): Promise<void> {
    this.#draining = true
    while (this.#live.size > 0) await Promise.all(this.#live)
  }

  /** Hangs up what runs. */
  async stop(): Promise<void> {
    this.#draining = true
    await this.#phone.close()
  }

  /** Where our trunks' proxy is. */
  async reload(config: Config): Promise<object> {
    this.#config = { ...this.#config, trunksProxy: config.trunksProxy }
    return { trunks: config.trunksProxy.udp }
  }

  refuseNew(): void {
    this.#draining = true
  }

  health(): object {
    return { calls: this.#live.size }
  }

  async #answerAll(): Promise<void> {
    for await (const call of this.#phone.calls) this.#track(this.#serve(call))
  }

  async #serve(call: PhoneCall): Promise<void> {
    if (this.#draining) return void call.refuse(503)
    if (!/^\+\d{3,15}$/.test(call.request?.uri.user ?? '')) return void call.refuse(404)
    call.ring()
    const audio = await AudioPort.open(mediaAddress(this.#config))
    try {
      const answered = answer(call, new Voice(audio, ['8', '0']))
      audio.play('echo')
      if (answered !== undefined) await this.#follow(answered, call.request?.headers.get(CallId))
    } finally {
      audio.close()
    }
  }

  async #follow(call: VoiceCall, sip: string | undefined): Promise<void> {
    const { log } = this.#context
    log.info({ sip }, 'answered')
    const how = await call.ended
    log.info({ sip, how, packets: call.voice.audio.ear.heard().packets }, 'call ended')
  }

  async #place(body: string): Promise<PlacedCall> {
    if (this.#draining) throw new Error('the demo carrier is stopping')
    const { listen, trunksProxy } = this.#config
    const trunks = { address: listen, port: trunksProxy.udp }
    const placed = placeCall(this.#phone, readWish(body), { trunks, address: mediaAddress(this.#config) })
    this.#track(placed.then(() => {}))
    return placed
  }

  #track(work: Promise<void>): void {
    const done = work.catch(error => this.#context.log.error({ err: error }, 'a call failed')).finally(() => this.#live.delete(done))
    this.#live.add(done)
  }
}

/** The relay sends nothing to loopback from an address that is not: then the carrier's audio is beside the relay's. */
export function mediaAddress({ carrier, listen }: Pick<Config, 'carrier' | 'listen'>): string {
  return isLoopback(carrier.address) && !isLoopback(listen) ? listen : carrier.address
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
