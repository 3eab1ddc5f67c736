/** The demo carrier: answers any +number with an echo, and calls the platform when it is asked to. RFC 3261 §13, §15. */
import { CONTEXT_HEADER, type Config, claimedCall, type RoleContext, type Running } from '@strowger/runtime'
import { MessageWatch } from '@strowger/sip-transport'
import { Agent } from '../agent/agent.ts'
import { AgentSession } from '../agent/agent-session.ts'
import type { EstablishedCall } from '../agent/established-call.ts'
import type { IncomingCall } from '../agent/incoming-call.ts'
import { AudioPort } from '../audio/audio-port.ts'
import { type PlacedCall, placeCall, readWish } from './place-call.ts'

/** Rejects with what the socket says when it cannot be opened. */
export async function startCarrier(config: Config, context: RoleContext): Promise<Running> {
  const carrier = new Carrier(config, context)
  await carrier.open()
  return carrier
}

class Carrier implements Running {
  readonly #config: Config
  readonly #context: RoleContext
  readonly #live = new Set<Promise<void>>()
  #agent!: Agent
  #draining = false

  constructor(config: Config, context: RoleContext) {
    this.#config = config
    this.#context = context
  }

  async open(): Promise<void> {
    const { carrier, sip, listen, trunksProxy } = this.#config
    const { pages, metrics } = this.#context
    const messages = new MessageWatch({ callOf: request => claimedCall(request.headers.raw(CONTEXT_HEADER)[0] ?? '') })
    this.#agent = await Agent.open({
      transport: 'UDP',
      address: carrier.address,
      port: carrier.udp,
      user: 'carrier',
      outbound: { address: listen, port: trunksProxy.udp },
      timers: sip,
      userAgent: 'Strowger demo carrier',
      onCall: call => this.#track(this.#serve(call)),
      tap: messages.tap,
    })
    pages.set('GET /messages', ({ query }) => messages.after(Number(query.get('after') ?? 0)))
    pages.set('POST /call', ({ body }) => this.#place(body))
    metrics.gauge('strowger_carrier_calls', 'Calls of the demo carrier.', () => this.#agent.busy)
  }

  /** Calls that run go on until their parties end them. */
  async drain(): Promise<void> {
    this.#draining = true
    while (this.#live.size > 0) await Promise.all(this.#live)
  }

  async stop(): Promise<void> {
    this.#draining = true
    await Promise.race([Promise.all(this.#agent.calls.map(call => call.hangUp())), soon(STOP_MS)])
    await this.#agent.close()
  }

  refuseNew(): void {
    this.#draining = true
  }

  health(): object {
    return { calls: this.#agent.busy }
  }

  async #serve(call: IncomingCall): Promise<void> {
    call.trying()
    if (this.#draining) return call.refuse(503)
    if (!/^\+\d{3,15}$/.test(call.called)) return call.refuse(404)
    const audio = await AudioPort.open(mediaAddress(this.#config))
    try {
      call.ring()
      const answered = call.answer(new AgentSession(audio, ['8', '0']))
      audio.play('echo')
      if (answered !== undefined) await this.#follow(answered)
    } finally {
      audio.close()
    }
  }

  async #follow(call: EstablishedCall): Promise<void> {
    const { log } = this.#context
    log.info({ sip: call.callId }, 'answered')
    const how = await call.ended
    log.info({ sip: call.callId, how, packets: call.session.audio.ear.heard().packets }, 'call ended')
  }

  async #place(body: string): Promise<PlacedCall> {
    if (this.#draining) throw new Error('the demo carrier is stopping')
    const { listen, trunksProxy } = this.#config
    const trunks = { address: listen, port: trunksProxy.udp }
    const placed = placeCall(this.#agent, readWish(body), { trunks, address: mediaAddress(this.#config) })
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

function soon(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref())
}

const STOP_MS = 1000
