/** Memory of a call that stays: resident set before and after thousands. The sockets' own memory is the kernel's, and in nobody's figure. */
import { compare, type Result } from '../benchmark.ts'
import { spread } from '../samples.ts'
import { fitting } from './files.ts'
import type { Field } from './relay-bench.ts'

const CALLS = 5000

export async function memory({ contestants, options }: Field): Promise<readonly Result[]> {
  const calls = options.smoke ? 50 : fitting(CALLS)
  const perCall = new Map<string, number>()
  for (const one of contestants) {
    const before = one.program.residentBytes()
    await one.grow(calls)
    const kilobytes = (one.program.residentBytes() - before) / 1000 / calls
    options.say(`${calls} calls, ${one.name}: ${kilobytes.toFixed(1)} KB each, ${(one.program.residentBytes() / 1e6).toFixed(0)} MB in all`)
    perCall.set(one.name, kilobytes)
  }
  const [ours, theirs] = ['ours', 'rtpengine'].map(name => spread([perCall.get(name)!]))
  return [compare('relay', `memory of ${calls} calls`, 'KB per call', 'rtpengine', ours!, theirs!)]
}
