/** What the relay counted of each leg, out of its facts: sessions of one leg add up, and the worst of them is how it sounded. */
import type { CdrLeg } from './cdr.ts'
import type { Fact, MediaFact } from './fact.ts'

/** Counters only grow within a session of the relay, so the greatest is the latest. */
export function legsOf(told: readonly Fact[]): CdrLeg[] {
  const sessions = new Map<string, MediaFact>()
  for (const fact of told) {
    if (fact.kind !== 'media') continue
    const key = JSON.stringify([fact.leg ?? '', fact.session ?? ''])
    const known = sessions.get(key)
    if (!known || fact.packets >= known.packets) sessions.set(key, fact)
  }
  const legs = new Map<string, CdrLeg>()
  for (const fact of sessions.values()) {
    const [leg, sum] = [legOf(fact), legs.get(fact.leg ?? '')]
    legs.set(leg.leg, sum ? together(sum, leg) : leg)
  }
  return [...legs.values()].sort((a, b) => (a.leg < b.leg ? -1 : 1))
}

function legOf({ leg = '', packets, bytes, lost, jitterMs, roundTripMs, mos }: MediaFact): CdrLeg {
  const orNull = (value: number | undefined): number | null => value ?? null
  return { leg, packets, bytes, lost: orNull(lost), jitterMs: orNull(jitterMs), roundTripMs: orNull(roundTripMs), mos: orNull(mos) }
}

function together(a: CdrLeg, b: CdrLeg): CdrLeg {
  return {
    leg: a.leg,
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    lost: known((x, y) => x + y, a.lost, b.lost),
    jitterMs: known(Math.max, a.jitterMs, b.jitterMs),
    roundTripMs: known(Math.max, a.roundTripMs, b.roundTripMs),
    mos: known(Math.min, a.mos, b.mos),
  }
}

function known(of: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : of(a, b)
}
