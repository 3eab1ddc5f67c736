/** Reads one line of a spool; what is not a fact is `undefined`, never an exception. */
import type { Direction, Fact, Party } from './fact.ts'

const DIRECTIONS: ReadonlySet<unknown> = new Set<Direction>(['internal', 'outbound', 'inbound', 'service'])
const PARTIES: ReadonlySet<unknown> = new Set<Party>(['caller', 'callee', 'platform'])

/** A fact from its JSON text. Fields nobody knows are kept, kinds nobody knows are refused. */
export function readFact(line: string): Fact | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isFact(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isFact(value: unknown): value is Fact {
  if (typeof value !== 'object' || value === null) return false
  const fact = value as Fields
  return hasHead(fact) && (KINDS.get(fact.kind)?.(fact) ?? false)
}

type Fields = Readonly<Record<string, unknown>>

function hasHead(fact: Fields): boolean {
  const callNeeded = fact.kind !== 'boot'
  return (
    (callNeeded ? isText(fact.call) : true) &&
    isNumber(fact.seq) &&
    isNumber(fact.wall) &&
    isNumber(fact.mono) &&
    isText(fact.role) &&
    isNumber(fact.epoch)
  )
}

function isAttempt(fact: Fields): boolean {
  const parties = typeof fact.caller === 'string' && typeof fact.callee === 'string'
  return parties && DIRECTIONS.has(fact.direction) && isTenant(fact.tenant) && optional(fact.user, isNumber)
}

function isMedia(fact: Fields): boolean {
  const counted = optional(fact.leg, isText) && isNumber(fact.packets) && isNumber(fact.bytes)
  const numbers = [fact.lost, fact.jitterMs, fact.roundTripMs, fact.mos, fact.lastPacket]
  return counted && numbers.every(number => optional(number, isNumber)) && optional(fact.session, isText)
}

function isTenant(value: unknown): boolean {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null) return false
  const tenant = value as Fields
  return isNumber(tenant.brand) && optional(tenant.client, isNumber)
}

const always = (): boolean => true
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const optional = (value: unknown, is: (value: unknown) => boolean): boolean => value === undefined || is(value)

const KINDS: ReadonlyMap<unknown, (fact: Fields) => boolean> = new Map<Fact['kind'], (fact: Fields) => boolean>([
  ['attempt', isAttempt],
  ['ringing', always],
  ['answer', always],
  ['end', fact => PARTIES.has(fact.by) && isNumber(fact.status) && optional(fact.cause, isText)],
  ['refused', fact => isNumber(fact.status) && optional(fact.cause, isText)],
  ['media', isMedia],
  ['boot', always],
  ['identity', always],
])
