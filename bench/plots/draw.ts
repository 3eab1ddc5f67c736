/** `node --import ./scripts/typescript.mjs bench/plots/draw.ts FILE.json…`: each drawn anew, as the SVG beside it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { svgOf } from './plot.ts'

for (const file of process.argv.slice(2)) {
  writeFileSync(file.replace(/\.json$/, '.svg'), svgOf(JSON.parse(readFileSync(file, 'utf8'))))
}
