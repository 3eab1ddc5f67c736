import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Binding } from '../../src/registrar/binding.ts'
import { Bindings } from '../../src/registrar/bindings.ts'

const NOW = 1_800_000_000_000
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.integer({ min: 0, max: 3000 }).map(n => 'x'.repeat(n)),
)
const path = fc.array(
  fc.string({ maxLength: 30 }).map(user => `<sip:${user.replaceAll('\n', '')}@edge.test;lr>`),
  { maxLength: 3 },
)

const made = (aor: string): fc.Arbitrary<Binding> =>
  fc.record(
    {
      aor: fc.constant(aor),
      contact: text,
      path,
      instance: text,
      regId: fc.integer({ min: 0, max: 9_999_999_999 }),
      q: fc.integer({ min: 0, max: 1000 }).map(n => n / 1000),
      expiresAt: fc.integer({ min: NOW, max: NOW + 100_000 }),
      callId: text,
      cseq: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      userAgent: text,
    },
    { requiredKeys: ['aor', 'contact', 'path', 'expiresAt', 'callId', 'cseq'] },
  )

const step = fc.oneof(
  fc
    .constantFrom('a@demo.test', 'b@demo.test', 'ü@demo.test')
    .chain(aor => fc.record({ kind: fc.constant('set' as const), aor: fc.constant(aor), bindings: fc.array(made(aor), { maxLength: 3 }) })),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
)

test('whatever was set comes back the same until it runs out, and is forgotten soon after (RFC 3261 §10.3)', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), steps => {
      const bindings = new Bindings()
      const model = new Map<string, readonly Binding[]>()
      let now = NOW
      for (const each of steps) {
        if (each.kind === 'set') {
          bindings.set(each.aor, each.bindings)
          model.set(each.aor, each.bindings)
        } else {
          now += each.ms
          const gone = bindings.sweep(now)
          for (const [aor, all] of model) {
            const dead = all.filter(b => b.expiresAt <= now)
            if (!gone.has(aor)) continue
            expect(gone.get(aor)).toEqual(dead)
            model.set(
              aor,
              all.filter(b => b.expiresAt > now),
            )
          }
          for (const all of model.values()) expect(all.every(b => b.expiresAt > now - FORGOTTEN_MS)).toBe(true)
        }
        for (const [aor, all] of model) {
          expect(bindings.all(aor)).toEqual(all)
          expect(bindings.of(aor, now)).toEqual(all.filter(b => b.expiresAt > now))
        }
        expect(bindings.count).toBe([...model.values()].reduce((sum, { length }) => sum + length, 0))
      }
    }),
    { numRuns: 200 },
  )
})

/** Two stretches of time: see `bindings.ts`. */
const FORGOTTEN_MS = 2 * 8192
