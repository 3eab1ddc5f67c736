/** How long a relay that was killed is away: the media role is started as an operator starts it, until its first answer over NG, with nothing to bring back and with thousands of sessions. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compare, type Options, type Result } from '../benchmark.ts'
import { Program } from '../proxy/processes.ts'
import { type Spread, spread } from '../samples.ts'
import { fitting, withFiles } from './files.ts'
import { type FirstAnswer, firstAnswer, makeCalls, runFlows } from './load.ts'
import { onLoopback, type Place, RELAY_CORE } from './place.ts'
import { NG_PORT, PORTS } from './ports.ts'

const SESSIONS = 5000
const COMMAND = join(import.meta.dirname, '../../packages/strowger/bin/strowger.mjs')

interface Round {
  /** Start to first answer, seconds. */
  readonly empty: number
  readonly again: number
  /** CPU until then, which says more than the time on a machine with neighbours. */
  readonly emptyCpu: number
  readonly againCpu: number
  readonly sessions: number
}

interface Started {
  readonly program: Program
  readonly seconds: number
  readonly cpu: number
  readonly answer: FirstAnswer
}

export async function restore({ smoke, rounds, say }: Options): Promise<readonly Result[]> {
  const wanted = smoke ? 50 : fitting(SESSIONS)
  const ground = onLoopback(1)
  const all: Round[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      const one = await oneRound(ground.places[0]!, wanted)
      all.push(one)
      const [again, empty] = [one.again, one.empty].map(seconds => seconds.toFixed(2))
      const [againCpu, emptyCpu] = [one.againCpu, one.emptyCpu].map(seconds => seconds.toFixed(2))
      say(
        `${one.sessions} of ${wanted} sessions again: first answer after ${again} s (CPU ${againCpu} s), without any ${empty} s (CPU ${emptyCpu} s)`,
      )
    }
  } finally {
    ground.close()
  }
  const of = (key: keyof Round): Spread => spread(all.map(one => one[key]))
  const work = `start with ${wanted} sessions to restore, until the first answer`
  return [
    compare('relay', work, 's', 'start without', of('again'), of('empty')),
    compare('relay', work, 'CPU s', 'start without', of('againCpu'), of('emptyCpu')),
    compare('relay', 'sessions restored', 'sessions', 'before the end', of('sessions'), spread([wanted])),
  ]
}

async function oneRound(place: Place, wanted: number): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-restore-'))
  const [file, flows] = [join(folder, 'strowger.json'), join(folder, 'flows')]
  const { address } = place
  const media = { ng: { address, port: NG_PORT }, ports: PORTS, silenceSeconds: 0 }
  writeFileSync(file, JSON.stringify({ data: folder, listen: address, media }))
  const first = await start(place, file)
  try {
    writeFileSync(flows, (await makeCalls(place, wanted)).join('\n'))
    // Until every party is believed.
    await runFlows(place, flows, { calls: wanted, rate: 20_000, seconds: (wanted * 12) / 20_000 })
    await written(join(folder, 'relay/sessions.jsonl'), wanted)
    await first.program.kill()
    const second = await start(place, file)
    await second.program.kill()
    const [empty, again] = [first, second].map(({ seconds }) => seconds) as [number, number]
    return { empty, again, emptyCpu: first.cpu, againCpu: second.cpu, sessions: second.answer.sessions }
  } finally {
    if (first.program.running) await first.program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function start(place: Place, file: string): Promise<Started> {
  const waiting = firstAnswer(place)
  const began = performance.timeOrigin + performance.now()
  const program = new Program(place.relays.commandOn(RELAY_CORE, withFiles([process.execPath, COMMAND, 'role', 'media', '--config', file])))
  try {
    const answer = await waiting
    return { program, cpu: program.cpuSeconds(), seconds: answer.at - began / 1000, answer }
  } catch (cause) {
    await program.stop()
    throw new Error(`the media role does not answer: ${program.lastWords}`, { cause })
  }
}

/** All sessions are on disk, and no more is being written. */
async function written(file: string, sessions: number): Promise<void> {
  for (let tries = 0, last = ''; tries < 100; tries++) {
    const now = readFileSync(file, 'utf8')
    if (now === last && new Set(now.split('\n').map(line => line.split(' ')[0])).size > sessions) return
    last = now
    await sleep(200)
  }
  throw new Error(`${sessions} sessions were not written to ${file}`)
}
