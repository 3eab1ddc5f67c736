/** DNS for the target walk: the resolver of this package, or whatever a test puts in its place. RFC 3263 §4, RFC 2782, RFC 3403. */
import { DnsResolver } from './dns/dns-resolver.ts'
import type { LookupAnswer, NaptrRecord, SrvRecord, Target, TargetQuery, TargetStep } from './targets.ts'
import { TargetWalk } from './targets.ts'
import { TransportError } from './transport-error.ts'

/** A name without records is an empty answer; where no server answers, the promise is rejected. */
export interface Resolver {
  /** RFC 3403 §4.1. */
  naptr(name: string): Promise<readonly NaptrRecord[]>
  /** RFC 2782. */
  srv(name: string): Promise<readonly SrvRecord[]>
  /** A and AAAA, best first. */
  address(name: string): Promise<readonly string[]>
}

/** The name servers of this machine, and its hosts file. RFC 3263 §4. */
export const nodeResolver: DnsResolver = new DnsResolver()

/** How patient a walk is. */
export interface WalkOptions {
  /** For all its lookups together, ms. Default 10 000: a call is still wanted then, timer B is at 32 s. */
  readonly lookupsMs?: number
  /** Once there is a target, for the names of the others, ms: what is not known then is left out. Default: all of `lookupsMs`. */
  readonly othersMs?: number
}

/**
 * Target after target, best first; the next name is looked up only when the next target is wanted. Numeric hosts without any lookup. Nothing
 * when the name leads nowhere.
 * @throws what the resolver has thrown, when that is why there is no target at all.
 */
export async function* walkTargets(
  query: TargetQuery,
  resolver: Resolver = nodeResolver,
  options: WalkOptions = {},
): AsyncGenerator<Target> {
  const walk = new TargetWalk(query)
  let leftMs = options.lookupsMs ?? LOOKUPS_MS
  let found = false
  let silence: unknown
  for (let lookups = 0; ; ) {
    const step = walk.next()
    if (step.kind === 'exhausted') break
    if (step.kind === 'target') {
      found = true
      yield step.target
      continue
    }
    if (++lookups > MAX_LOOKUPS || leftMs <= 0) break
    const began = performance.now()
    const answer = await within(leftMs, lookUp(step, resolver)).catch(error => {
      silence ??= error
      return []
    })
    leftMs -= performance.now() - began
    walk.answer(answer)
  }
  if (!found && silence !== undefined) throw silence
}

/** Every target, best first: all names are looked up before. Empty when the name leads nowhere. @throws like {@link walkTargets}. */
export async function resolveTargets(query: TargetQuery, resolver?: Resolver, options: WalkOptions = {}): Promise<readonly Target[]> {
  const targets: Target[] = []
  const walk = walkTargets(query, resolver, options)
  const othersMs = options.othersMs ?? Number.POSITIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  for (;;) {
    const leftMs = until - performance.now()
    const next = walk.next()
    const step = await (leftMs === Number.POSITIVE_INFINITY ? next : within(Math.max(0, leftMs), next).catch(() => undefined))
    if (step === undefined || step.done === true) return targets
    if (targets.push(step.value) === 1) until = performance.now() + othersMs
  }
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

function lookUp(step: Extract<TargetStep, { kind: 'lookup' }>, resolver: Resolver): Promise<LookupAnswer> {
  return step.record === 'naptr' ? resolver.naptr(step.name) : step.record === 'srv' ? resolver.srv(step.name) : resolver.address(step.name)
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TransportError('no-dns', `no name server has answered within ${Math.round(ms)} ms`)), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const LOOKUPS_MS = 10_000
/** A name may not make us ask for ever. */
const MAX_LOOKUPS = 32
