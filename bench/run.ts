/** `npm run bench [-- NAME] [--json FILE] [--smoke] [--rounds N] [--seconds N] [--rates N,N] [--steady]`, and what bench/README.md says of each: measures, beside the peers, in one run. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Benchmark, Options, Result } from './benchmark.ts'
import { datagramsBench } from './datagrams/datagrams-bench.ts'
import { editBench } from './edit/edit-bench.ts'
import { enumerationBench } from './enumeration/enumeration-bench.ts'
import { growthBench } from './growth/growth-bench.ts'
import { machine } from './machine.ts'
import { parseBench } from './parse/parse-bench.ts'
import { proxyBench, streamsBench } from './proxy/proxy-bench.ts'
import { registrarBench } from './registrar/registrar-bench.ts'
import { relayBench } from './relay/relay-bench.ts'
import { rtpPacketBench } from './rtp-packet/rtp-packet-bench.ts'
import { startBench } from './start/start-bench.ts'
import { table } from './table.ts'
import { transactionsBench } from './transactions/transactions-bench.ts'

const BENCHMARKS: readonly Benchmark[] = [
  parseBench,
  editBench,
  rtpPacketBench,
  proxyBench,
  streamsBench,
  growthBench,
  registrarBench,
  datagramsBench,
  relayBench,
  transactionsBench,
  startBench,
  enumerationBench,
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    smoke: { type: 'boolean', default: false },
    steady: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    rates: { type: 'string', default: '1000,2000' },
    modes: { type: 'string', default: '' },
    calls: { type: 'string', default: '100,500' },
    packets: { type: 'string', default: '10000,30000,60000,90000' },
  },
})

const relay = { modes: values.modes.split(',').filter(Boolean), calls: numbers(values.calls), rates: numbers(values.packets) }
const options: Options = values.smoke
  ? { smoke: true, steady: values.steady, rounds: 1, seconds: 1, rates: [500], relay, say }
  : {
      smoke: false,
      steady: values.steady,
      rounds: number(values.rounds),
      seconds: number(values.seconds),
      rates: numbers(values.rates),
      relay,
      say,
    }

function numbers(text: string): number[] {
  return text.split(',').map(number)
}

function number(text: string): number {
  const value = Number(text)
  if (!(value > 0)) leave(`a number above 0, not ${text}`)
  return value
}

function leave(message: string): never {
  console.error(message)
  process.exit(1)
}

/** On stderr: what is on stdout is the result. */
function say(line: string): void {
  console.error(`  ${line}`)
}

function chosen(): readonly Benchmark[] {
  const unknown = positionals.filter(name => BENCHMARKS.every(bench => bench.name !== name))
  if (unknown.length > 0) leave(`no benchmark ${unknown.join(', ')}; there are ${BENCHMARKS.map(bench => bench.name).join(', ')}`)
  return positionals.length === 0 ? BENCHMARKS : BENCHMARKS.filter(bench => positionals.includes(bench.name))
}

const results: Result[] = []
console.log(machine())
for (const bench of chosen()) {
  console.error(`${bench.name}${options.smoke ? ' (smoke: these are no figures)' : ''}`)
  try {
    results.push(...(await bench.run(options)))
  } catch (error) {
    process.exitCode = 1
    console.error(`${bench.name} was not measured: ${error instanceof Error ? error.message : error}`)
  }
}
if (results.length > 0) console.log(`\n${table(results)}`)
console.log(machine())
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify(
      results.map(({ row }) => row),
      null,
      2,
    )}\n`,
  )
