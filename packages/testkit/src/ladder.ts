/** Draws what was sent between parties as a ladder of arrows, as RFC 3665 §2 does. */
import { parse } from '@strowger/sip-parser'
import { messageText } from './expectation.ts'
import type { Exchange } from './party.ts'

/** One column for each name, and one for each other address; one line for each message, with its time in milliseconds. */
export function ladder(names: readonly string[], exchanges: readonly Exchange[]): string {
  const columns = [...new Set([...names, ...exchanges.flatMap(({ from, to }) => [from, to])])]
  const head =
    ' '.repeat(TIME) +
    columns
      .map(name => name.slice(0, WIDTH - 2).padEnd(WIDTH))
      .join('')
      .trimEnd()
  return [head, ...exchanges.map(exchange => line(columns, exchange))].join('\n')
}

function line(columns: readonly string[], { sentAt, from, to, bytes, fate }: Exchange): string {
  const [a, b] = [columns.indexOf(from), columns.indexOf(to)]
  const [left, right] = a < b ? [a, b] : [b, a]
  const inner = Math.max((right - left) * WIDTH - 1, 1)
  const label = ` ${messageText(parse(bytes))}${fate === 'lost' ? ' (lost)' : fate === 'doubled' ? ' (twice)' : ''} `.slice(
    0,
    Math.max(inner - 2, 1),
  )
  const shaft = label.padStart(label.length + ((inner - label.length) >> 1), '-').padEnd(inner, '-')
  const arrow = a <= b ? `${shaft.slice(0, -1)}>` : `<${shaft.slice(1)}`
  const cells = columns.map((_, index) => (index === left ? `|${arrow}` : index > left && index < right ? '' : '|'.padEnd(WIDTH)))
  return `${Math.round(sentAt)} `.padStart(TIME) + cells.join('').trimEnd()
}

const TIME = 9
const WIDTH = 30
