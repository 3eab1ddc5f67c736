/** DNS for the target walk: `node:dns`, or whatever a test or a cache puts in its place. RFC 3263 §4, RFC 2782, RFC 3403. */
import { promises as dns } from 'node:dns'
import type { NaptrRecord, SrvRecord, Target, TargetQuery, TargetStep } from './targets.ts'
import { TargetWalk } from './targets.ts'

/** A name without records is an empty answer; so is an error. */
export interface Resolver {
  /** RFC 3403 §4.1. */
  naptr(name: string): Promise<readonly NaptrRecord[]>
  /** RFC 2782. */
  srv(name: string): Promise<readonly SrvRecord[]>
  /** A and AAAA; IPv4 first. */
  address(name: string): Promise<readonly string[]>
}

/** The name servers of this machine, and its hosts file. RFC 3263 §4. */
export const nodeResolver: Resolver = {
  naptr: name => orEmpty(dns.resolveNaptr(name)),
  srv: name => orEmpty(dns.resolveSrv(name)),
  async address(name) {
    const [v4, v6] = await Promise.all([orEmpty(dns.resolve4(name)), orEmpty(dns.resolve6(name))])
    if (v4.length + v6.length > 0) return [...v4, ...v6]
    const known = await orEmpty(dns.lookup(name, { all: true })) // /etc/hosts
    return known.map(({ address }) => address)
  },
}

/** Every target, best first; numeric hosts without any lookup. Empty when the name leads nowhere. */
export async function resolveTargets(query: TargetQuery, resolver: Resolver = nodeResolver): Promise<readonly Target[]> {
  const walk = new TargetWalk(query)
  const targets: Target[] = []
  for (let lookups = 0; lookups < MAX_LOOKUPS; ) {
    const step = walk.next()
    if (step.kind === 'exhausted') break
    if (step.kind === 'target') targets.push(step.target)
    else {
      lookups++
      walk.answer(await lookUp(step, resolver))
    }
  }
  return targets
}

/** The targets of a numeric host at once, `undefined` when a lookup is needed. */
export function targetsWithoutLookup(query: TargetQuery): readonly Target[] | undefined {
  const walk = new TargetWalk(query)
  const targets: Target[] = []
  for (let step = walk.next(); step.kind !== 'exhausted'; step = walk.next()) {
    if (step.kind === 'lookup') return undefined
    targets.push(step.target)
  }
  return targets
}

function lookUp(
  step: Extract<TargetStep, { kind: 'lookup' }>,
  resolver: Resolver,
): Promise<readonly NaptrRecord[] | readonly SrvRecord[] | readonly string[]> {
  return step.record === 'naptr' ? resolver.naptr(step.name) : step.record === 'srv' ? resolver.srv(step.name) : resolver.address(step.name)
}

async function orEmpty<T>(records: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await records
  } catch {
    return []
  }
}

/** A name may not make us ask for ever. */
const MAX_LOOKUPS = 32
