/** `strowger demo`: two phones of ours call each other, the echo and the carrier over real sockets; the ladder, the ears, the records. */
import { join } from 'node:path'
import { askHealth, type Config, wall } from '@strowger/runtime'
import { MessageWatch } from '@strowger/sip-transport'
import { openStore, type Store } from '@strowger/store'
import { cdrJson } from '../command/cdr.ts'
import { type DemoFile, readDemoFile } from '../supervisor/demo-file.ts'
import { recordOf } from './call-record.ts'
import { type EarReport, earProblem } from './ear-report.ts'
import type { Rung } from './ladder.ts'
import { labelOf } from './ladder-view.ts'
import { LadderWatch } from './ladder-watch.ts'
import { Phone } from './phone.ts'
import { ALICE_HZ, BOB_HZ, type DemoStep, demoSteps, type Played, type Stage } from './steps.ts'
import { type View, viewFor } from './view.ts'

export interface DemoOptions {
  /** One JSON document at the end instead of lines as it happens. */
  readonly json: boolean
  readonly write: (text: string) => void
  /** How long each call is, from its answer. Default 2. */
  readonly seconds?: number
}

export interface StepReport {
  readonly name: string
  readonly ok: boolean
  /** Sentences; empty when `ok`. */
  readonly problems: readonly string[]
  /** Final SIP status of the call, or of the registrations. */
  readonly status: number
  readonly ears: readonly EarReport[]
  readonly ladder: readonly {
    readonly ms: number
    readonly from: string
    readonly to: string
    readonly message: string
    readonly callId: string
  }[]
  /** As `strowger cdr --json` has it; null where there is none. */
  readonly cdr: object | null
}

/**
 * Resolves to whether every call went as it should, and every ear heard the right tone.
 * @throws Error with a sentence when the platform does not run, or nobody may register.
 */
export async function runDemo(config: Config, options: DemoOptions): Promise<boolean> {
  const file = await demoFile(config)
  const watches = { alice: new MessageWatch(), bob: new MessageWatch() }
  const ladder = new LadderWatch(config, watches)
  const close: (() => Promise<void>)[] = [async () => ladder.close()]
  const phone = async (name: 'alice' | 'bob'): Promise<Phone> => {
    const phone = await openPhone(config, file, name, watches[name])
    close.unshift(() => leave(phone))
    return phone
  }
  try {
    const store = await openStore(config)
    close.push(() => store.close())
    const stage = { alice: await phone('alice'), bob: await phone('bob'), seconds: options.seconds ?? 2 }
    await ladder.open()
    return await new Demo(stage, ladder, store, viewFor(options)).run(demoSteps(file))
  } finally {
    for (const each of close) await each()
  }
}

/** A registrar that does not answer any more is not waited for. */
async function leave(phone: Phone): Promise<void> {
  const patience = new Promise<void>(resolve => setTimeout(resolve, LEAVE_MS).unref())
  await Promise.race([phone.unregister().catch(() => {}), patience])
  await phone.close()
}

const LEAVE_MS = 2000

class Demo {
  readonly #stage: Stage
  readonly #ladder: LadderWatch
  readonly #store: Store
  readonly #view: View

  constructor(stage: Stage, ladder: LadderWatch, store: Store, view: View) {
    this.#stage = stage
    this.#ladder = ladder
    this.#store = store
    this.#view = view
  }

  async run(steps: readonly DemoStep[]): Promise<boolean> {
    const reports: StepReport[] = []
    for (const step of steps) reports.push(await this.#step(step))
    const ok = reports.every(report => report.ok)
    this.#view.end(ok, reports)
    return ok
  }

  async #step(step: DemoStep): Promise<StepReport> {
    const since = wall()
    const rungs: Rung[] = []
    this.#view.begin(step.name)
    this.#ladder.begin(rung => {
      rungs.push(rung)
      this.#view.rung(rung, since)
    })
    const { played, calls } = await this.#play(step)
    const cdr = step.dials && (await recordOf(this.#store, { calls, since, ...step.dials }))
    const problems = this.#problems(step, played, cdr !== undefined)
    const { status, ears } = played
    const ladder = rungs.map(rung => ({
      ms: Math.round((rung.wall - since) * 10) / 10,
      from: rung.from,
      to: rung.to,
      message: labelOf(rung),
      callId: rung.callId,
    }))
    const report = { name: step.name, ok: problems.length === 0, problems, status, ears, ladder, cdr: cdr ? cdrJson(cdr) : null }
    this.#view.report(report, cdr)
    return report
  }

  /** What was said is shown also when nothing comes of it. */
  async #play(step: DemoStep): Promise<{ played: Played; calls: readonly string[] }> {
    try {
      return { played: await step.play(this.#stage), calls: await this.#ladder.settle() }
    } catch (error) {
      await this.#ladder.settle()
      throw error
    }
  }

  #problems({ dials }: DemoStep, { status, reason, ears }: Played, recorded: boolean): string[] {
    const refused = status === 200 ? [] : [`${dials?.callee} answered ${status} ${reason}`]
    const unheard = ears.flatMap(ear => earProblem(ear, this.#stage.seconds) ?? [])
    const unrecorded = dials === undefined || recorded ? [] : ['the call left no record within 5 s: does the role jobs run?']
    return [...refused, ...unheard, ...unrecorded]
  }
}

async function demoFile(config: Config): Promise<DemoFile> {
  const health = await askHealth(config.data, 'users-proxy')
  if (health === undefined)
    throw new Error(`no platform runs here (nothing answers in ${join(config.data, 'run')}): start it with npm start`)
  if (health.state === 'draining') throw new Error('the platform is stopping and takes no calls: start it again with npm start')
  const file = readDemoFile(config.data)
  if (file === undefined) throw new Error(`${join(config.data, 'demo.json')} is missing or unreadable: npm start writes it`)
  return file
}

function openPhone(config: Config, file: DemoFile, name: 'alice' | 'bob', watch: MessageWatch): Promise<Phone> {
  const user = file.users.find(user => user.name === name)
  if (user === undefined) throw new Error(`${join(config.data, 'demo.json')} has no user ${name}: the demo needs alice and bob`)
  const { listen, usersProxy } = config
  return Phone.open({
    username: user.username,
    password: user.password,
    domain: file.domain,
    transport: name === 'alice' ? 'UDP' : 'TCP',
    address: listen,
    proxy: { address: listen, port: name === 'alice' ? usersProxy.udp : usersProxy.tcp },
    toneHz: name === 'alice' ? ALICE_HZ : BOB_HZ,
    tap: watch.tap,
  })
}
