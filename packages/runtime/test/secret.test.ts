import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keyText, loadKeys, newKey, parseKeys } from '../src/index.ts'

describe('shared keys', () => {
  test('the first start makes them, for the owner only, and the next one reads them', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'secret-')), 'deep', 'secret')
    const keys = loadKeys(file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(loadKeys(file)).toEqual(keys)
    expect(readFileSync(file, 'utf8')).toBe(keyText(keys.signing))
  })

  test('during a rotation the first line signs and both are believed', () => {
    const [next, last] = [newKey(), newKey()]
    const keys = parseKeys(keyText(next) + keyText(last))
    expect(keys.signing.id).toBe(next.id)
    expect(keys.accepted.map(key => key.id)).toEqual([next.id, last.id])
  })

  test('a damaged file says which line and what to do', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'secret-')), 'secret')
    writeFileSync(file, 'k1:short\n')
    expect(() => loadKeys(file)).toThrow(`${file}:1 is not "ID:KEY"`)
    expect(() => parseKeys('')).toThrow('one key or two')
    expect(() => parseKeys(keyText(newKey()).repeat(3))).toThrow('it holds 3')
  })
})
