/** Results as text: medians, [least..most], ratio. */
import type { Result } from './benchmark.ts'
import type { Spread } from './samples.ts'

const HEAD = ['bench', 'work', 'unit', 'ours', 'peer', 'theirs', 'ours ÷ theirs', '']

export function table(results: readonly Result[]): string {
  const lines = [HEAD, ...results.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  return lines
    .map(line =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cells({ row, ours, theirs, note = '' }: Result): string[] {
  return [row.bench, row.work, row.unit, written(ours), row.peer, written(theirs), row.ratio.toFixed(2), note]
}

function written({ median, least, most }: Spread): string {
  return `${digits(median)} [${digits(least)}..${digits(most)}]`
}

/** Three digits that count. */
function digits(value: number): string {
  const decimals = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(Math.min(decimals, 4))
}
