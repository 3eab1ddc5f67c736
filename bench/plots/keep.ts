/** Results of a run as `NAME.json`, and `NAME.svg` drawn from it, in this folder; those of a smoke run, which mean nothing, in `bench/build/plots`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Options } from '../benchmark.ts'
import { type Plot, svgOf } from './plot.ts'

export function keep(plot: Plot, { smoke, say }: Options): void {
  const folder = smoke ? join(import.meta.dirname, '../build/plots') : import.meta.dirname
  mkdirSync(folder, { recursive: true })
  const file = join(folder, plot.name)
  writeFileSync(`${file}.json`, `${JSON.stringify(plot, null, 2)}\n`)
  writeFileSync(`${file}.svg`, svgOf(plot))
  say(`${file}.json and .svg`)
}
