/** Reads the table of `differences.md`: what our relay answers otherwise than an rtpengine, and why. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Difference } from './compare.ts'

export interface Row extends Difference {
  readonly name: string
  readonly step: string
  readonly reason: string
}

export function readRows(): Row[] {
  const text = readFileSync(join(import.meta.dirname, 'differences.md'), 'utf8')
  return text
    .split('\n')
    .filter(line => line.startsWith('| ') && !line.startsWith('| Case') && !line.startsWith('| ---'))
    .map(line => {
      const [name = '', step = '', what = '', theirs = '', ours = '', reason = ''] = line.slice(1, -1).split('|').map(cell)
      return { name, step, what, theirs, ours, reason }
    })
}

/** Every field of the row fits; `*` stands for anything. */
export function fits(row: Row, name: string, step: string, { what, theirs, ours }: Difference): boolean {
  const pairs = [
    [row.name, name],
    [row.step, step],
    [row.what, what],
    [row.theirs, theirs],
    [row.ours, ours],
  ] as const
  return pairs.every(([pattern, text]) => pattern === text || like(pattern).test(text))
}

function like(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split('*')
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  )
}

function cell(text: string): string {
  const plain = text.trim().replace(/^`([^`]*)`$/, '$1')
  return plain === '–' ? '' : plain
}
