import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SessionFile } from '../src/restart/session-file.ts'

describe('the file of the sessions', () => {
  let folder: string
  let path: string
  const live = new Map<string, string>()
  const open = (): SessionFile =>
    new SessionFile({
      file: path,
      ids: () => live.keys(),
      save: id => live.get(id),
      onTrouble: error => {
        throw error
      },
    })
  const kept = (): readonly string[] => [...SessionFile.read(path)].sort()
  const change = (file: SessionFile, id: string, text: string | undefined): void => {
    if (text === undefined) live.delete(id)
    else live.set(id, text)
    file.change(id)
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sessions-'))
    path = join(folder, 'relay', 'sessions.jsonl')
    live.clear()
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('knows the last that was said of each session, whatever it is called', async () => {
    const file = open()
    change(file, 'a b%\n', '{"n":1}')
    change(file, 'gone', '{"n":2}')
    await expect.poll(kept).toEqual(['{"n":1}', '{"n":2}'])
    change(file, 'a b%\n', '{"n":3}')
    change(file, 'gone', undefined)
    await expect.poll(kept).toEqual(['{"n":3}'])
  })

  it('does not believe half a line', async () => {
    const file = open()
    change(file, 'whole', '{"n":1}')
    await expect.poll(kept).toHaveLength(1)
    appendFileSync(path, 'half {"n":')
    expect(kept()).toEqual(['{"n":1}'])
    appendFileSync(path, '2}.\n%E0 {}.\n\nrubbish\n')
    expect(kept()).toEqual(['{"n":1}', '{"n":2}'])
  })

  it('stays as small as what it holds, however often that changes, and never loses a session meanwhile', async () => {
    const file = open()
    const ids = Array.from({ length: 300 }, (_, i) => `session ${i}`)
    const seen = new Set<string>()
    for (let round = 0; round < 40; round++) {
      // One in three goes and comes, the others change.
      for (const [i, id] of ids.entries()) change(file, id, (i + round) % 9 < 3 ? undefined : `{"id":${i},"n":${round}}`)
      const last = [...live.values()].at(-1)!
      for (let isWritten = false; !isWritten; ) {
        await new Promise(resolve => setImmediate(resolve))
        // What a relay that was killed now would find: nobody who was there and has not gone since is missing.
        const found = new Map(kept().map(text => [`session ${(JSON.parse(text) as { id: number }).id}`, text]))
        for (const id of seen) if (live.has(id)) expect(found.has(id)).toBe(true)
        for (const id of found.keys()) seen.add(id)
        for (const id of seen) if (!live.has(id)) seen.delete(id)
        isWritten = found.get(`session ${(JSON.parse(last) as { id: number }).id}`) === last
      }
    }
    await expect.poll(kept).toEqual([...live.values()].sort())
    // Of 12,000 changes.
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(6000)
    await file.close()
  })

  it('may end while it is made anew', async () => {
    for (let turns = 0; turns < 40; turns++) {
      live.clear()
      const file = open()
      for (let i = 0; i < 3000; i++) live.set(`session ${i}`, '{}')
      for (let round = 0; round < 2; round++) {
        for (const id of live.keys()) file.change(id)
        await expect.poll(() => kept().length).toBe(3000)
      }
      file.change('session 1')
      for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
      await file.close()
      expect(kept()).toEqual([])
    }
  })

  it('begins anew with what there is, and is empty after an end of its own accord', async () => {
    live.set('kept', '{"n":1}')
    const file = open()
    expect(kept()).toEqual(['{"n":1}'])
    change(file, 'more', '{"n":2}')
    await file.close()
    expect(kept()).toEqual([])
    file.change('kept')
    await new Promise(resolve => setImmediate(resolve))
    expect(kept()).toEqual([])
  })
})
