/**
 * Folds the facts of one call into its record. The same facts in any order, any of them any number of times, give the same
 * record; a fact that comes late changes it.
 */
import { type Cdr, INTERRUPTED } from './cdr.ts'
import {
  type AnswerFact,
  type AttemptFact,
  type BootFact,
  type EndFact,
  type Fact,
  factKey,
  ownsCalls,
  type Party,
  type RefusedFact,
} from './fact.ts'
import { legsOf } from './fold-legs.ts'

/**
 * The record, or `undefined` while the call goes on.
 * `facts`: all that is known of one call, and the `boot` facts of all roles.
 * A call is over when the application server says `end`; when an edge `refused` it and no application server ever spoke of it;
 * or when the process that owned it has started again since (cause `interrupted`).
 */
export function foldCdr(facts: Iterable<Fact>): Cdr | undefined {
  const { boots, told } = inOrder(facts)
  const answer = firstByAuthority(told.filter(fact => fact.kind === 'answer'))
  const ending = endOf(told) ?? refusalOf(told) ?? interruptionOf(told, boots, answer)
  if (ending === undefined) return undefined
  const attempts = told.filter(fact => fact.kind === 'attempt')
  const startMs = Math.round((attempts[0] ?? told[0]!).wall)
  const answerMs = answer ? Math.max(startMs, Math.round(answer.wall)) : null
  return {
    call: told[0]!.call,
    ...partiesOf(attempts),
    startMs,
    answerMs,
    endMs: Math.max(startMs, answerMs ?? 0, Math.round(ending.wall)),
    durationMs: durationOf(answer, ending),
    hungUpBy: ending.by,
    status: ending.status,
    ...(ending.cause === undefined ? {} : { cause: ending.cause }),
    legs: legsOf(told),
  }
}

interface Ending {
  readonly wall: number
  /** Absent where no process saw the end. */
  readonly seenBy?: Fact
  readonly by: Party
  readonly status: number
  readonly cause?: string
}

/** Each fact once, by time; boots apart. */
function inOrder(facts: Iterable<Fact>): { boots: BootFact[]; told: Fact[] } {
  const once = new Map<string, Fact>()
  for (const fact of facts) once.set(factKey(fact), fact)
  const boots: BootFact[] = []
  const told: Fact[] = []
  for (const fact of once.values()) fact.kind === 'boot' ? boots.push(fact) : told.push(fact)
  told.sort((a, b) => a.wall - b.wall || compareNames(a, b))
  return { boots, told }
}

function compareNames(a: Fact, b: Fact): number {
  if (a.role !== b.role) return a.role < b.role ? -1 : 1
  return a.epoch - b.epoch || a.seq - b.seq
}

/** The earliest that an application server told, or else the earliest that an edge told. */
function firstByAuthority<F extends Fact>(facts: readonly F[]): F | undefined {
  return facts.find(fact => ownsCalls(fact.role)) ?? facts[0]
}

function endOf(told: readonly Fact[]): Ending | undefined {
  const end: EndFact | undefined = firstByAuthority(told.filter(fact => fact.kind === 'end'))
  return end && endingFrom(end, end.by, end.cause)
}

function refusalOf(told: readonly Fact[]): Ending | undefined {
  if (told.some(fact => ownsCalls(fact.role))) return undefined
  const refused = told.find(fact => fact.kind === 'refused')
  return refused && endingFrom(refused, 'platform', refused.cause)
}

function endingFrom(fact: EndFact | RefusedFact, by: Party, cause: string | undefined): Ending {
  return { wall: fact.wall, seenBy: fact, by, status: fact.status, ...(cause === undefined ? {} : { cause }) }
}

/** The end of a call whose owner started again: at the relay's last packet, else when it was last spoken of. */
function interruptionOf(told: readonly Fact[], boots: readonly BootFact[], answer: AnswerFact | undefined): Ending | undefined {
  const events = told.filter(fact => fact.kind !== 'media' && fact.kind !== 'identity')
  if (!isAbandoned(events, boots)) return undefined
  const lastPackets = told.map(fact => (fact.kind === 'media' ? (fact.lastPacket ?? 0) : 0))
  const lastPacket = Math.max(...lastPackets)
  const refused = told.find(fact => fact.kind === 'refused')
  return {
    wall: lastPacket > 0 ? lastPacket : events.at(-1)!.wall,
    by: 'platform',
    status: answer ? 200 : (refused?.status ?? 503),
    cause: INTERRUPTED,
  }
}

/**
 * Whether the owner of the call has started again since it last spoke of it. The owner is the application server that spoke last.
 * If none ever did, the edge is, and an application server that started after the edge's last word may have taken the secret with it.
 */
function isAbandoned(events: readonly Fact[], boots: readonly BootFact[]): boolean {
  const owner = events.findLast(fact => ownsCalls(fact.role))
  if (owner) return boots.some(boot => succeeds(boot, owner))
  const edge = events.at(-1)
  return edge !== undefined && boots.some(boot => succeeds(boot, edge) || (ownsCalls(boot.role) && boot.wall > edge.wall))
}

function succeeds(boot: BootFact, fact: Fact): boolean {
  return boot.role === fact.role && boot.epoch > fact.epoch
}

function partiesOf(attempts: readonly AttemptFact[]): Pick<Cdr, 'brandId' | 'clientId' | 'userId' | 'caller' | 'callee' | 'direction'> {
  const byAuthority = [
    ...attempts.filter(fact => ownsCalls(fact.role)).reverse(),
    ...attempts.filter(fact => !ownsCalls(fact.role)).reverse(),
  ]
  const best = byAuthority[0]
  const tenant = byAuthority.find(fact => fact.tenant?.client)?.tenant ?? byAuthority.find(fact => fact.tenant?.brand)?.tenant
  const user = byAuthority.find(fact => fact.user !== undefined)?.user
  return {
    brandId: tenant?.brand || null,
    clientId: tenant?.client || null,
    ...(user === undefined ? {} : { userId: user }),
    caller: best?.caller ?? '',
    callee: best?.callee ?? '',
    direction: best?.direction ?? 'internal',
  }
}

function durationOf(answer: AnswerFact | undefined, ending: Ending): number {
  if (!answer) return 0
  const seenBy = ending.seenBy
  const oneClock = seenBy !== undefined && seenBy.role === answer.role && seenBy.epoch === answer.epoch
  return Math.max(0, Math.round(oneClock ? seenBy.mono - answer.mono : ending.wall - answer.wall))
}
