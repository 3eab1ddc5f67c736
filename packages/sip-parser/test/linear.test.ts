/** No input takes more than linear time: counted in bytes looked at, and guarded by the clock where text is searched. RFC 3261 §7. */
import { describe, expect, it } from 'vitest'
import { type HeaderDef, parse, parseUri, partsOf, type SipRequest, StreamParser, utf8Bytes } from '../src/index.ts'
import { scanHeaders } from '../src/scan-headers.ts'
import { countedBytes } from './counted-bytes.ts'
import { HEADER_DEFS } from './header-defs.ts'
import { INVITE, requestOf, requestWith } from './sample-messages.ts'

const LIMITS = { headerCount: 1_000_000, messageBytes: 10_000_000 }
const UNITS: Readonly<Record<string, string | ((i: number) => string)>> = {
  quotes: '"',
  'escaped quotes': '\\"',
  brackets: '<',
  'closing brackets': '>',
  commas: ',',
  'commas and blanks': ' , ',
  semicolons: ';',
  parameters: ';a=b',
  'parameters of many names': i => `;a${i}=b`,
  'quoted parameters': i => `;a${i}="b\\""`,
  backslashes: '"\\',
  parentheses: '(',
  'pairs of parentheses': '()',
  blanks: ' ',
  folds: '\r\n ',
  'blanks and folds': '   \r\n ',
  percents: '%41',
  ats: '@',
  colons: ':',
  dots: 'a.',
  equals: '=',
  'URIs without end': '<sip:a,',
  'URI parameters': i => `;p${i}=%41`,
  'list of addresses': '<sip:a@b>;q=1,',
  digits: '1',
  'bytes beyond ASCII': '\xc3\xa9',
}

function repeated(unit: string | ((i: number) => string), bytes: number): string {
  let text = ''
  for (let i = 0; text.length < bytes; i++) text += typeof unit === 'string' ? unit : unit(i)
  return text
}

/** Twice as much input may cost twice as many steps more than before, and a little: a quadratic reader takes four times as many. */
function expectLinear(what: string, stepsFor: (size: number) => number, size: number): void {
  const [small, middle, large] = [stepsFor(size), stepsFor(2 * size), stepsFor(4 * size)]
  expect(large - middle, `${what}: ${small}, ${middle}, ${large} steps for 1, 2, 4 × ${size}`).toBeLessThanOrEqual(
    2.6 * (middle - small) + 40 * size,
  )
}

function stepsOfParse(bytes: Uint8Array, use: (message: SipRequest) => void): number {
  const counted = countedBytes(bytes)
  const message = parse(counted.bytes, LIMITS)
  const readable = message.kind === 'malformed' ? message.answerable : message
  if (readable !== undefined) use(readable as SipRequest)
  return counted.steps()
}

describe('steps grow as the input does (RFC 3261 §7)', () => {
  it.each(Object.entries(UNITS))('%s, in the value of every header', (name, unit) => {
    for (const def of HEADER_DEFS) {
      const steps = (size: number): number => {
        const counted = countedBytes(lineOf(def, repeated(unit, size)))
        scanHeaders(counted.bytes, 0, 1).readAll(def)
        return counted.steps()
      }
      expectLinear(`${def.name} of ${name}`, steps, 120)
    }
  })

  it.each(Object.entries(UNITS))('%s, in what every message has', (name, unit) => {
    for (const def of FEW_DEFS) {
      const message = (size: number): Uint8Array => requestWith(`${def.name}: ${repeated(unit, size)}`)
      expectLinear(`${def.name} of ${name}`, size => stepsOfParse(message(size), ({ headers }) => headers.readAll(def)), 300)
    }
  })

  it.each(Object.entries(UNITS))('%s, in a start line', (name, unit) => {
    for (const start of ['INVITE sip:', 'INVITE sip:a@b;', 'INVITE tel:+1', '']) {
      const message = (size: number): Uint8Array => utf8Bytes(`${start}${repeated(unit, size)} SIP/2.0\r\n${HEADER_LINES}`)
      expectLinear(`${start} and ${name}`, size => stepsOfParse(message(size), ({ uri }) => uri), 1000)
    }
  })

  it.each([
    ['many headers', (i: number) => `X-${i}: y\r\n`],
    ['many Vias', () => 'Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\n'],
    ['empty Routes', () => 'Route:\r\n'],
    ['Routes of commas', () => 'Route: ,,,,,,\r\n'],
    ['folds', () => 'Subject: a\r\n b\r\n\tc\r\n'],
    ['lines that are none', () => 'nonsense\r\n'],
    ['lone line feeds', () => 'X: a\nb\r\n'],
  ])('%s', (name, line) => {
    const message = (size: number): Uint8Array => utf8Bytes(`INVITE sip:a SIP/2.0\r\n${repeated(line, size)}${HEADER_LINES}`)
    const readEverything = ({ headers }: SipRequest): void => {
      for (const def of FEW_DEFS) headers.readAll(def)
    }
    expectLinear(name, size => stepsOfParse(message(size), readEverything), 2000)
  })

  it.each([
    ['parts', '--cut\r\n\r\nx\r\n'],
    ['boundaries that nearly are', '--cu\r\n'],
    ['boundaries with a tail', '--cut.\r\n'],
    ['boundaries and blanks', `--cut${' '.repeat(40)}.`],
    ['line breaks', '\r\n'],
    ['carriage returns', '\r'],
    ['dashes', '-'],
    ['headers of a part', '--cut\r\nA: b\r\nC: d\r\n\r\n'],
  ])('multipart of %s (RFC 2046 §5.1.1)', (name, unit) => {
    const { headers } = requestOf(requestWith('Content-Type: multipart/mixed;boundary=cut'))
    const steps = (size: number): number => {
      const counted = countedBytes(utf8Bytes(`--cut\r\n${repeated(unit, size)}\r\n--cut--`))
      partsOf({ headers, body: counted.bytes })
      return counted.steps()
    }
    expectLinear(name, steps, 200)
  })
})

describe('the measure', () => {
  it('tells a quadratic reader from a linear one', () => {
    const steps = (size: number, passes: number): number => {
      const counted = countedBytes(new Uint8Array(size))
      for (let pass = 0; pass < passes; pass++) for (let i = 0; i < size; i++) if (counted.bytes[i] !== 0) return 0
      return counted.steps()
    }
    expectLinear('ten passes', size => steps(size, 10), 120)
    expect(() => expectLinear('a pass per byte', size => steps(size, size), 120)).toThrow('a pass per byte')
  })
})

describe('time grows as the input does', () => {
  /** Quadratic code takes seconds for these, linear code milliseconds: no machine is a hundred times slower for a moment. */
  const PATIENCE_MS = 400

  it.each(Object.entries(UNITS))('%s, in the value of every header', (name, unit) => {
    const value = repeated(unit, 20_000)
    for (const def of HEADER_DEFS) {
      const line = lineOf(def, `x${value}`)
      expect(
        leastTime(() => scanHeaders(line, 0, 1).readAll(def)),
        `${def.name} of ${name}`,
      ).toBeLessThan(PATIENCE_MS)
    }
  })

  it.each(Object.entries(UNITS))('%s, in a URI', (name, unit) => {
    const value = repeated(unit, 60_000)
    for (const start of ['sip:', 'sip:a@b;', 'sip:a@b?', 'sip:[', 'tel:', 'tel:+1;', 'urn:'])
      expect(
        leastTime(() => parseUri(start + value)),
        `${start} and ${name}`,
      ).toBeLessThan(PATIENCE_MS)
  })

  it('a stream that comes byte by byte (RFC 3261 §18.3)', () => {
    for (const long of [
      requestWith(`X-Long: ${'x'.repeat(60_000)}`),
      requestWith(...Array.from({ length: 240 }, (_, i) => `X-${i}: ${'y'.repeat(200)}`)),
    ]) {
      const parser = new StreamParser()
      const read = leastTime(() => {
        for (const byte of long) {
          parser.push(Uint8Array.of(byte))
          parser.next()
        }
      })
      expect(read).toBeLessThan(2 * PATIENCE_MS)
    }
  })
})

/** Of three tries, so that a neighbour's moment does not count. */
function leastTime(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3 && least > 100; i++) {
    const started = performance.now()
    work()
    least = Math.min(least, performance.now() - started)
  }
  return least
}

const lineOf = (def: HeaderDef<unknown>, value: string): Uint8Array => utf8Bytes(`${def.name}: ${value}\r\n\r\n`)
const HEADER_LINES = Buffer.from(INVITE).toString().split('\r\n').slice(1).join('\r\n')
const FEW_DEFS = HEADER_DEFS.filter(({ name }) =>
  ['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Length', 'Route', 'Contact'].includes(name),
)
