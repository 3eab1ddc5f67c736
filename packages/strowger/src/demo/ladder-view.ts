/** Draws the ladder as it happens, one line per message. */
import { ELEMENTS, type Rung } from './ladder.ts'

export function ladderHead(): string {
  const names = ELEMENTS.map(name => name.padEnd(WIDTH)).join('')
  return `${'ms'.padStart(INDENT - 2)}  ${names.trimEnd()}\n`
}

/** @param sinceMs UTC ms from which time is counted. */
export function ladderLine(rung: Rung, sinceMs: number): string {
  const [from, to] = [rung.from, rung.to].map(name => ELEMENTS.indexOf(name)) as [number, number]
  const [left, right] = from < to ? [from, to] : [to, from]
  const cells: string[] = Array.from({ length: (ELEMENTS.length - 1) * WIDTH + 1 }, (_, at) => (at % WIDTH === 0 ? '│' : ' '))
  for (let at = left * WIDTH + 1; at < right * WIDTH; at++) cells[at] = '─'
  cells[from < to ? right * WIDTH - 1 : left * WIDTH + 1] = from < to ? '►' : '◄'
  const label = labelOf(rung).slice(0, (right - left) * WIDTH - 2)
  const start = left * WIDTH + (from < to ? 1 : 2)
  for (const [at, letter] of [...label].entries()) cells[start + at] = letter
  return `${(rung.wall - sinceMs).toFixed(1).padStart(INDENT - 2)}  ${cells.join('')}\n`
}

/** `INVITE sdp`, `200 INVITE sdp`. */
export function labelOf({ method, status, hasBody }: Pick<Rung, 'method' | 'status' | 'hasBody'>): string {
  return [status, method, hasBody ? 'sdp' : undefined].filter(part => part !== undefined).join(' ')
}

const WIDTH = 16
const INDENT = 10
