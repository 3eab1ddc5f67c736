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

  it('stays as small as what it holds, however often that changes', async () => {
    const file = open()
    for (let round = 0; round < 3000; round++) {
      change(file, `session ${round % 7}`, `{"n":${round}}`)
      await new Promise(resolve => setImmediate(resolve))
    }
    const expected = [...live.values()].sort()
    await expect.poll(kept).toEqual(expected)
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(1100)
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
