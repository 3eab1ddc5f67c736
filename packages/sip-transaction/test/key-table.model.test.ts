/** The table of keys against a plain map, through several growths, and with keys that collide on purpose. */
import { seededRandom } from '@strowger/testkit'
import { expect, test } from 'vitest'
import { KeyTable } from '../src/key-table.ts'

for (const [title, spread] of [
  ['spread keys', 2 ** 32],
  ['keys that share their buckets', 40],
] as const) {
  test(`the table finds what a map would find: ${title}`, () => {
    const random = seededRandom(11)
    const table = new KeyTable()
    const model = new Map<string, number>()
    const keys: [number, number][] = []
    for (let i = 0; i < 20_000; i++) {
      const grow = keys.length < 50 || (random() < 0.6 && i < 12_000)
      if (grow) {
        const key: [number, number] = [Math.floor(random() * spread), i]
        keys.push(key)
        table.add(...key, i)
        model.set(key.join(), i)
      } else {
        const [key] = keys.splice(Math.floor(random() * keys.length), 1)
        table.remove(...key!)
        model.delete(key!.join())
        expect(table.get(...key!)).toBe(-1)
      }
      const probe = keys[Math.floor(random() * keys.length)]!
      expect(table.get(...probe)).toBe(model.get(probe.join()))
      expect(table.size).toBe(model.size)
    }
    for (const key of keys) expect(table.get(...key)).toBe(model.get(key.join()))
  })
}
