/** The disk is full: calls go on, nothing crashes, and the records are written once there is room. A small tmpfs, which only root may mount. */
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Platform, run, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { Witness } from './witness.ts'

const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)(isRoot ? 'a full disk' : 'a full disk, which only root can mount', () => {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-'))
  let platform: Platform
  beforeAll(async () => {
    expect(await run('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', folder])).toMatchObject({ code: 0 })
    platform = await startPlatform({ folder })
  })
  afterAll(async () => {
    await platform?.stop().catch(() => {})
    await run('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })

  test('calls are made, and have their records afterwards', async () => {
    const witness = await Witness.of(platform)
    await witness.call()
    await until('a first record', async () => (await platform.cdrs()).length === 1)
    const filler = join(folder, 'filler')
    const { bavail, bsize } = statfsSync(folder)
    writeFileSync(filler, Buffer.alloc(bavail * bsize))
    let calls = 1
    // The last page of a file has some room: it takes a few calls.
    await until('facts that cannot be written', async () => {
      await witness.call()
      calls++
      return platform.lines.some(({ msg }) => msg === 'facts of calls cannot be written: they wait in memory')
    })
    expect(await platform.metric('strowger_facts_waiting')).toBeGreaterThan(0)
    rmSync(filler)
    await until('all facts to be written', async () => (await platform.metric('strowger_facts_waiting')) === 0)
    await until('a record of each call', async () => (await platform.cdrs()).length === calls, 60_000)
    expect(await platform.metric('strowger_facts_lost_total')).toBe(0)
    await witness.unharmed()
    await witness.stop()
  })
})
