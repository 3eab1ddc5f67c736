/** rtpengine is the golden reference: the same offers, answers and deletes go to it and to our relay, and what both answer is compared. RFC 3264. */
import { randomUUID } from 'node:crypto'
import type { NgCommand, NgReply } from '@strowger/media-control'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needing } from '../../../../e2e/peers.ts'
import { allCases, type Case } from './cases.ts'
import { type Difference, differences, PortNames, sectionsOf } from './compare.ts'
import { fits, readRows } from './known-differences.ts'
import { type Relays, startRelays } from './relays.ts'

const { title, skip } = needing('beside a real rtpengine', 'rtpengine')

describe.skipIf(skip)(title, () => {
  const rows = readRows()
  const cases = allCases()
  const seen = new Set<number>()
  let relays: Relays
  beforeAll(async () => {
    relays = await startRelays()
  })
  afterAll(() => relays?.stop())

  test('several hundred calls are compared, each once', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
    expect(cases.length).toBeGreaterThan(500)
  })

  test('nothing differs but what differences.md has', async () => {
    const unlisted: string[] = []
    for (const one of cases) {
      const found = await unlistedOf(one)
      // Where an address on hold hides the family, ports of two sockets are equal in one play of several hundred: not in two.
      const again = found.length > 0 ? await unlistedOf(one) : []
      unlisted.push(...found.filter(row => again.includes(row)))
    }
    expect(unlisted).toEqual([])
  })

  /** What differs and is in no row; the rows that something differs by are marked as seen. */
  async function unlistedOf(one: Case): Promise<string[]> {
    const unlisted: string[] = []
    for (const { step, difference } of await play(relays, one)) {
      const known = rows.flatMap((row, at) => (fits(row, one.name, step, difference) ? [at] : []))
      for (const at of known) seen.add(at)
      if (known.length === 0) unlisted.push([one.name, step, difference.what, difference.theirs, difference.ours].map(cellOf).join(' | '))
    }
    return unlisted
  }

  test('nothing is in differences.md that does not differ', () => {
    expect(rows.filter((_, at) => !seen.has(at))).toEqual([])
    for (const { reason } of rows) expect(reason.length).toBeGreaterThan(10)
  })
})

/** Plays a case to both. */
async function play({ theirs, ours }: Relays, { steps }: Case): Promise<{ step: string; difference: Difference }[]> {
  const callId = randomUUID()
  const found: { step: string; difference: Difference }[] = []
  const ports = { theirs: new PortNames(theirs.ports), ours: new PortNames(ours.ports) }
  for (const [at, { command, fields }] of steps.entries()) {
    const asked = { command, 'call-id': callId, ...fields } as unknown as NgCommand
    const [one, other] = [await theirs.ask(asked), await ours.ask(asked)]
    const step = `${at} ${command}`
    const [a, b] = [resultOf(one), resultOf(other)]
    if (a !== b) found.push({ step, difference: { what: 'result', theirs: a, ours: b } })
    // Who was refused has no SDP to compare.
    if (one.result !== other.result) continue
    const told = toldBy(asked)
    for (const difference of differences(sectionsOf(one, ports.theirs, told), sectionsOf(other, ports.ours, told))) {
      found.push({ step, difference })
    }
  }
  for (const relay of [theirs, ours]) await relay.ask({ command: 'delete', 'call-id': callId, 'delete-delay': 0 })
  return found
}

/** Whose the SDP of the reply is. */
function toldBy({ command, ...fields }: NgCommand): string {
  const { 'from-tag': from, 'to-tag': to } = fields as { readonly 'from-tag'?: string; readonly 'to-tag'?: string }
  return command === 'answer' ? `${from}` : (to ?? `whom ${from} calls`)
}

function resultOf({ result, 'error-reason': reason, warning }: NgReply): string {
  return [result, reason, warning].filter(part => typeof part === 'string').join(' ')
}

function cellOf(text: string): string {
  return text === '' ? '–' : `\`${text}\``
}
