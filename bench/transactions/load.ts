/**
 * The program under test, a process of its own so that its memory is nobody else's. `node load.ts calls SECONDS`, `bare SECONDS` or `live SECONDS`
 * prints JSON: CPU of a proxied call, the same of a loop that does the least, or memory and longest steps with half a million transactions alive.
 * RFC 3261 §17, RFC 6026 §8.5.
 */
import { BareLoop } from './bare-loop.ts'
import { Batches, type Core, type Spent } from './batches.ts'
import { ProxyCore } from './proxy-core.ts'

export interface CallFigures {
  readonly microseconds: number
}

export interface LiveFigures {
  readonly transactions: number
  readonly megabytes: number
  /** Real time of a step of ten calls, and how much of that was CPU. */
  readonly pauseMs: { readonly p99: number; readonly most: number }
  readonly pauseCpuMs: { readonly p99: number; readonly most: number }
}

const RATE = 5000
/** Longer than the longest timer. */
const FILL_SECONDS = 33

/** Warm: the first third does not count. Messages arrive in batches of 64, as from one read of a busy socket. */
function calls(core: Core, seconds: number): CallFigures {
  const batches = new Batches(core, 64, RATE)
  const count = Math.ceil((seconds * RATE) / 64)
  for (let i = 0; i < count / 2; i++) batches.run()
  let cpuMs = 0
  for (let i = 0; i < count; i++) cpuMs += batches.run().cpuMs
  return { microseconds: (cpuMs * 1000) / (count * 64) }
}

/** `seconds` of simulated time, after as many as it takes until transactions end as fast as they come. */
function live(seconds: number): LiveFigures {
  const core = new ProxyCore()
  const batches = new Batches(core, 10, RATE)
  const perSecond = RATE / 10
  const fill = Math.min(FILL_SECONDS, 4 * seconds) * perSecond
  for (let i = 0; i < fill; i++) batches.run()
  const steps: Spent[] = []
  let bytes = 0
  for (let i = 0; i < seconds * perSecond; i++) {
    steps.push(batches.run())
    if (i % 50 === 0) bytes = Math.max(bytes, process.memoryUsage.rss())
  }
  const { client, server } = core.layer.counts()
  return {
    transactions: client + server,
    megabytes: bytes / 1e6,
    pauseMs: longest(steps.map(({ ms }) => ms)),
    pauseCpuMs: longest(steps.map(({ cpuMs }) => cpuMs)),
  }
}

function longest(figures: readonly number[]): { readonly p99: number; readonly most: number } {
  const sorted = [...figures].sort((a, b) => a - b)
  return { p99: sorted[Math.floor(sorted.length * 0.99)]!, most: sorted.at(-1)! }
}

if (process.argv[1] === import.meta.filename) {
  const [kind, seconds] = process.argv.slice(2)
  const figures = kind === 'live' ? live(Number(seconds)) : calls(kind === 'bare' ? new BareLoop() : new ProxyCore(), Number(seconds))
  console.log(JSON.stringify(figures))
}
