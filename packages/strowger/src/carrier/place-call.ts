/** The carrier calls the platform: plays a tone, says what it hears, hangs up. */
import { formatUri } from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import type { Phone } from '@strowger/sip-transport'
import { AudioPort } from '../audio/audio-port.ts'
import { addressOf } from '../voice/address-of.ts'
import { Voice } from '../voice/voice.ts'
import { dial } from '../voice/voice-call.ts'
import { within } from '../voice/within.ts'

/** What `POST /call` asks for. */
export interface CallWish {
  readonly to: string
  readonly from: string
  /** From the answer to the end. */
  readonly seconds: number
  /** Rings so long at most. */
  readonly ringSeconds: number
}

export interface PlacedCall {
  readonly status: number
  readonly reason: string
  readonly heardHz: number | null
  readonly packets: number
  readonly lost: number
}

/** @throws Error whose message says what is wrong with the wish. */
export function readWish(json: string): CallWish {
  const wish = JSON.parse(json) as Partial<CallWish>
  const { to, from = '+34600000001', seconds = 2, ringSeconds = 60 } = wish
  if (typeof to !== 'string' || !NUMBER.test(to)) throw new Error('"to" must be a +E.164 number, such as "+34910000001"')
  if (typeof from !== 'string' || !NUMBER.test(from)) throw new Error('"from" must be a +E.164 number, such as "+34600000001"')
  for (const [name, value] of Object.entries({ seconds, ringSeconds }))
    if (typeof value !== 'number' || !(value >= 0 && value <= 3600)) throw new Error(`"${name}" must be a number from 0 to 3600`)
  return { to, from, seconds, ringSeconds }
}

export async function placeCall(
  phone: Phone,
  { to, from, seconds, ringSeconds }: CallWish,
  { trunks, address }: { readonly trunks: Address; readonly address: string },
): Promise<PlacedCall> {
  const audio = await AudioPort.open(address)
  try {
    audio.play(TONE_HZ)
    const [callee, caller] = [uri(to, trunks), uri(from, addressOf(phone))]
    const outcome = await dial(phone, new Voice(audio, ['8']), { to: callee, from: caller, patienceMs: ringSeconds * 1000 })
    if (outcome.kind === 'refused') return { status: outcome.status, reason: outcome.reason, heardHz: null, packets: 0, lost: 0 }
    await within(outcome.call.ended, seconds * 1000, () => void outcome.call.hangUp())
    const { hz, packets, lost } = audio.ear.heard()
    return { status: 200, reason: 'OK', heardHz: hz, packets, lost }
  } finally {
    audio.close()
  }
}

function uri(user: string, { address: host, port }: Address): string {
  return formatUri({ scheme: 'sip', user, host, port, params: new Map(), headers: new Map() })
}

const TONE_HZ = 660
const NUMBER = /^\+\d{3,15}$/
