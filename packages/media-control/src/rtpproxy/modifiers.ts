/** The letters behind `U` and `L`, either case: `UAEIZ20c8,0`. Read from left to right; of contrary ones the last counts. */
import type { RtppDirection, RtppStream } from './command.ts'
import type { RtppErrorName } from './rtpp-error.ts'

/** What the letters say. */
export type Modifiers = Partial<
  Pick<RtppStream, 'symmetry' | 'directions' | 'family' | 'weak' | 'ptimeMs' | 'local' | 'remote' | 'newPort' | 'codecs'>
>

/** What may follow the letter, the error where that is nonsense, and what it adds to what was read before. */
type Letter = readonly [pattern: RegExp, fault: RtppErrorName, take: (value: string, before: Modifiers) => Modifiers | undefined]

/** The name of the error for letters we do not know, or that say nonsense. */
export function readModifiers(text: string): Modifiers | RtppErrorName {
  let read: Modifiers = {}
  for (let at = 0; at < text.length; ) {
    const letter = LETTERS[text[at]!.toLowerCase()]
    if (!letter) return 'stream-modifier'
    const [pattern, fault, take] = letter
    pattern.lastIndex = at + 1
    const value = pattern.exec(text)?.[0]
    const more = value === undefined ? undefined : take(value, read)
    if (value === undefined || more === undefined) return fault
    read = { ...read, ...more }
    at += 1 + value.length
  }
  return read
}

/** @throws {TypeError} for what would not read back. */
export function writeModifiers(stream: Modifiers): string {
  const { symmetry, directions = [], family, weak, ptimeMs, local, remote, newPort, codecs } = stream
  const text = [
    symmetry === undefined ? '' : symmetry === 'asymmetric' ? 'A' : 'S',
    ...directions.map(direction => (direction === 'external' ? 'E' : 'I')),
    family ?? '',
    weak ? 'W' : '',
    ptimeMs === undefined ? '' : `Z${ptimeMs}`,
    local === undefined ? '' : `L${bracketed(local)}`,
    remote === undefined ? '' : `R${bracketed(remote)}`,
    newPort ? 'N' : '',
    codecs === undefined ? '' : `c${codecs.join(',')}`,
  ].join('')
  const fault = readModifiers(text)
  if (typeof fault === 'string') throw new TypeError(`These modifiers cannot be written (${fault}): ${text}`)
  return text
}

/** The payload types of a list, `undefined` for anything else. RFC 3551 §6: they have seven bits. */
export function readCodecs(text: string): readonly number[] | undefined {
  if (!/^\d{1,3}(?:,\d{1,3})*$/.test(text)) return undefined
  const codecs = text.split(',').map(Number)
  return codecs.every(codec => codec < 128) ? codecs : undefined
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function direction(next: RtppDirection): Letter[2] {
  return (_, { directions = [] }) => (directions.length < 2 ? { directions: [...directions, next] } : undefined)
}

function ptime(value: string): Modifiers | undefined {
  const ptimeMs = Number(value)
  return ptimeMs > 0 && ptimeMs < 1000 ? { ptimeMs } : undefined
}

function codecsOnce(value: string, before: Modifiers): Modifiers | undefined {
  const codecs = readCodecs(value)
  return codecs === undefined || before.codecs !== undefined ? undefined : { codecs }
}

function addressOf(value: string): string {
  return value.replace(/[[\]]/g, '')
}

const NOTHING = /(?:)/y
const ADDRESS = /[0-9.]{7,15}|\[[0-9a-f:.]{2,45}\]/iy

const LETTERS: Readonly<Record<string, Letter>> = {
  a: [NOTHING, 'stream-modifier', () => ({ symmetry: 'asymmetric' })],
  s: [NOTHING, 'stream-modifier', () => ({ symmetry: 'symmetric' })],
  e: [NOTHING, 'external-direction', direction('external')],
  i: [NOTHING, 'internal-direction', direction('internal')],
  '4': [NOTHING, 'stream-modifier', () => ({ family: 4 })],
  '6': [NOTHING, 'stream-modifier', () => ({ family: 6 })],
  w: [NOTHING, 'stream-modifier', () => ({ weak: true })],
  n: [NOTHING, 'stream-modifier', () => ({ newPort: true })],
  z: [/\d{1,9}/y, 'ptime', ptime],
  c: [/[\d,]+/y, 'codecs', codecsOnce],
  l: [ADDRESS, 'local-modifier', value => ({ local: addressOf(value) })],
  r: [ADDRESS, 'remote-modifier', value => ({ remote: addressOf(value) })],
}
