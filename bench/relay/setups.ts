/** What a call costs over NG: offer, answer, delete; with nothing alive and with thousands of calls. */
import { setTimeout as sleep } from 'node:timers/promises'
import { compare, type Result } from '../benchmark.ts'
import { spread } from '../samples.ts'
import type { Contestant } from './contestants.ts'
import type { Field } from './relay-bench.ts'

interface Figure {
  readonly name: string
  readonly alive: number
  readonly outstanding: number
  /** µs for the three. */
  readonly cpu: number
  readonly perSecond: number
}

const ALIVE = [1, 2500]
const OUTSTANDING = [1, 16]
/** After some 20,000 calls V8 has compiled what there is to compile. */
const WARM_UPS = 24
/** Our ports rest for a second after a call; without a pause there would be none left at thousands of calls a second. What a relay has put off until then counts. */
const REST_MS = 1000

export async function setups(field: Field): Promise<readonly Result[]> {
  const { contestants, options } = field
  const figures: Figure[] = []
  const alive = options.smoke ? [1, 10] : ALIVE
  const count = options.smoke ? 50 : 1000
  for (const calls of alive) {
    for (const one of contestants) {
      await one.grow(calls)
      for (let warmUp = 0; warmUp < (options.smoke ? 1 : WARM_UPS); warmUp++) {
        await one.setUp(count, 16)
        await sleep(REST_MS)
      }
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const outstanding of OUTSTANDING) {
        for (const one of round % 2 === 0 ? contestants : [...contestants].reverse()) {
          figures.push(await measureOne(field, one, calls, count, outstanding))
        }
      }
    }
  }
  return alive.flatMap(calls => OUTSTANDING.flatMap(outstanding => rowsOf(figures, calls, outstanding)))
}

async function measureOne(field: Field, contestant: Contestant, alive: number, count: number, outstanding: number): Promise<Figure> {
  const before = contestant.program.cpuSeconds()
  const { seconds } = await contestant.setUp(count, outstanding)
  await sleep(REST_MS)
  const cpu = ((contestant.program.cpuSeconds() - before) * 1e6) / count
  const perSecond = (3 * count) / seconds
  field.options.say(
    `${alive} alive, ${outstanding} at a time, ${contestant.name}: ${cpu.toFixed(0)} µs CPU a call, ${perSecond.toFixed(0)} commands/s`,
  )
  return { name: contestant.name, alive, outstanding, cpu, perSecond }
}

function rowsOf(figures: readonly Figure[], alive: number, outstanding: number): readonly Result[] {
  const of = (name: string): readonly Figure[] => figures.filter(f => f.name === name && f.alive === alive && f.outstanding === outstanding)
  return (['cpu', 'perSecond'] as const).map(key => {
    const work = `set-up, ${alive} alive, ${outstanding} at a time${key === 'cpu' ? '' : ', commands'}`
    const [ours, theirs] = [of('ours'), of('rtpengine')].map(some => spread(some.map(figure => figure[key])))
    return compare('relay', work, key === 'cpu' ? 'CPU µs' : '1/s', 'rtpengine', ours!, theirs!)
  })
}
