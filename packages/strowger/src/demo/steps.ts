/** What the demo's phones do, one call after the other. */
import type { DemoFile } from '../supervisor/demo-file.ts'
import { type EarReport, earReport } from './ear-report.ts'
import type { Phone } from './phone.ts'

export interface Stage {
  readonly alice: Phone
  readonly bob: Phone
  /** How long each call is, from its answer. */
  readonly seconds: number
}

export interface Played {
  /** Final SIP status. */
  readonly status: number
  readonly reason: string
  readonly ears: readonly EarReport[]
}

export interface DemoStep {
  readonly name: string
  /** Who calls whom, as the record has it; absent where nobody does. */
  readonly dials?: { readonly caller: string; readonly callee: string; readonly legs: number }
  play(stage: Stage): Promise<Played>
}

export const ALICE_HZ = 440
export const BOB_HZ = 880

/** Without a demo carrier nobody is called outside. */
export function demoSteps({ users, services, carrier }: DemoFile): readonly DemoStep[] {
  const [alice, bob] = ['alice', 'bob'].map(name => users.find(user => user.name === name)?.extension ?? '') as [string, string]
  const call = (name: string, callee: string, legs: number, play: DemoStep['play']): DemoStep => ({
    name,
    dials: { caller: alice, callee, legs },
    play,
  })
  return [
    { name: 'alice (UDP) and bob (TCP) register', play: register },
    call(`alice calls bob at ${bob}; bob rings, answers and hangs up`, bob, 2, stage => callBob(stage, bob)),
    call(`alice calls the echo at ${services.echo}`, services.echo, 1, stage => callEcho(stage, services.echo)),
    ...(carrier === undefined ? [] : [call(`alice calls ${NUMBER} by way of the carrier`, NUMBER, 2, stage => callEcho(stage, NUMBER))]),
  ]
}

async function register({ alice, bob }: Stage): Promise<Played> {
  await alice.register()
  await bob.register()
  return { status: 200, reason: 'OK', ears: [] }
}

async function callBob({ alice, bob, seconds }: Stage, extension: string): Promise<Played> {
  const picked = bob.answerNext(RING_MS)
  const outcome = await alice.call(extension, PATIENCE_MS)
  if (outcome.kind === 'refused') return { ...outcome, ears: [] }
  const answered = await picked
  await pause(seconds)
  const ears = [earReport('alice', BOB_HZ, alice.audio.ear.heard()), earReport('bob', ALICE_HZ, bob.audio.ear.heard())]
  await answered?.hangUp()
  await Promise.race([outcome.call.ended, pause(END_SECONDS)])
  await outcome.call.hangUp()
  return { status: 200, reason: 'OK', ears }
}

/** Hears its own tone. */
async function callEcho({ alice, seconds }: Stage, dialled: string): Promise<Played> {
  const outcome = await alice.call(dialled, PATIENCE_MS)
  if (outcome.kind === 'refused') return { ...outcome, ears: [] }
  await pause(seconds)
  const ears = [earReport('alice', ALICE_HZ, alice.audio.ear.heard())]
  await outcome.call.hangUp()
  return { status: 200, reason: 'OK', ears }
}

function pause(seconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, seconds * 1000))
}

const NUMBER = '+34911234567'
const RING_MS = 500
/** For an answer. */
const PATIENCE_MS = 15_000
/** For the other side's BYE to arrive. */
const END_SECONDS = 3
