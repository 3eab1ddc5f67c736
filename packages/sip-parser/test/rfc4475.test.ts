/** The byte-exact torture messages of RFC 4475 §3, read from the folder that STROWGER_RFC4475 names, against a table of verdicts. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  edit,
  type HeaderDef,
  PARSE_ERRORS,
  type Parsed,
  type ParseErrorCode,
  parse,
  partsOf,
  responseTo,
  StreamParser,
} from '../src/index.ts'
import { HEADER_DEFS } from './header-defs.ts'

const folder = process.env.STROWGER_RFC4475

interface Verdict {
  readonly clause: string
  /** What `parse` says. */
  readonly is: 'request' | 'response' | ParseErrorCode
  /** Nothing can be answered; else what is malformed is a request that can. */
  readonly silent?: true
  /** Headers that do not match their grammar, and do not matter to routing. */
  readonly broken?: readonly string[]
  /** How many values a header has. */
  readonly counts?: Readonly<Record<string, number>>
  readonly scheme?: string
  readonly parts?: number
  /** What a server, not the parser, answers; here for the reader. */
  readonly server?: number
}

const VERDICTS: Readonly<Record<string, Verdict>> = {
  wsinv: { clause: '3.1.1.1', is: 'request', counts: { Via: 3, Route: 1, Contact: 1 }, parts: 1 },
  intmeth: { clause: '3.1.1.2', is: 'request', server: 405 },
  esc01: { clause: '3.1.1.3', is: 'request', counts: { Contact: 1 } },
  escnull: { clause: '3.1.1.4', is: 'request', counts: { Contact: 2 } },
  esc02: { clause: '3.1.1.5', is: 'request', counts: { Contact: 2 }, server: 405 },
  lwsdisp: { clause: '3.1.1.6', is: 'request' },
  longreq: { clause: '3.1.1.7', is: 'request', counts: { Via: 34 } },
  dblreq: { clause: '3.1.1.8', is: 'request', parts: 0 },
  semiuri: { clause: '3.1.1.9', is: 'request', counts: { Accept: 6 } },
  transports: { clause: '3.1.1.10', is: 'request', counts: { Via: 5 } },
  // Its Identity is of RFC 4474, which RFC 8224 replaced.
  mpart01: { clause: '3.1.1.11', is: 'request', parts: 2, broken: ['Identity'] },
  unreason: { clause: '3.1.1.12', is: 'response' },
  noreason: { clause: '3.1.1.13', is: 'response' },
  badinv01: { clause: '3.1.2.1', is: 'bad-via', silent: true },
  clerr: { clause: '3.1.2.2', is: 'content-length' },
  ncl: { clause: '3.1.2.3', is: 'content-length' },
  scalar02: { clause: '3.1.2.4', is: 'bad-cseq' },
  scalarlg: { clause: '3.1.2.5', is: 'bad-cseq', silent: true },
  quotbal: { clause: '3.1.2.6', is: 'bad-name-addr' },
  ltgtruri: { clause: '3.1.2.7', is: 'bad-uri' },
  lwsruri: { clause: '3.1.2.8', is: 'start-line' },
  lwsstart: { clause: '3.1.2.9', is: 'start-line' },
  trws: { clause: '3.1.2.10', is: 'start-line' },
  escruri: { clause: '3.1.2.11', is: 'request', server: 400 },
  baddate: { clause: '3.1.2.12', is: 'request', broken: ['Date'] },
  regbadct: { clause: '3.1.2.13', is: 'request', broken: ['Contact'], server: 400 },
  badaspec: { clause: '3.1.2.14', is: 'bad-name-addr' },
  baddn: { clause: '3.1.2.15', is: 'bad-name-addr' },
  badvers: { clause: '3.1.2.16', is: 'bad-version' },
  mismatch01: { clause: '3.1.2.17', is: 'cseq-method' },
  mismatch02: { clause: '3.1.2.18', is: 'cseq-method' },
  bigcode: { clause: '3.1.2.19', is: 'start-line', silent: true },
  badbranch: { clause: '3.2.1', is: 'request' },
  insuf: { clause: '3.3.1', is: 'missing-header', silent: true },
  unkscm: { clause: '3.3.2', is: 'request', scheme: 'nobodyknowsthisscheme', server: 416 },
  novelsc: { clause: '3.3.3', is: 'request', scheme: 'soap.beep', server: 416 },
  unksm2: { clause: '3.3.4', is: 'request', counts: { Contact: 1 }, server: 404 },
  bext01: { clause: '3.3.5', is: 'request', counts: { Require: 2, 'Proxy-Require': 2 }, server: 420 },
  invut: { clause: '3.3.6', is: 'request', parts: 1, server: 415 },
  regaut01: { clause: '3.3.7', is: 'request', counts: { Authorization: 1 }, server: 401 },
  multi01: { clause: '3.3.8', is: 'repeated-header' },
  mcl01: { clause: '3.3.9', is: 'repeated-header' },
  bcast: { clause: '3.3.10', is: 'response', counts: { Via: 2 } },
  zeromf: { clause: '3.3.11', is: 'request', counts: { 'Max-Forwards': 1 }, server: 483 },
  cparam01: { clause: '3.3.12', is: 'request', counts: { Contact: 1 } },
  cparam02: { clause: '3.3.13', is: 'request', counts: { Contact: 1 } },
  regescrt: { clause: '3.3.14', is: 'request', counts: { Contact: 1, Route: 0 } },
  sdp01: { clause: '3.3.15', is: 'request', counts: { Accept: 1 }, server: 406 },
  inv2543: { clause: '3.4.1', is: 'request', counts: { 'Record-Route': 1 } },
}

it('there are forty-nine verdicts (RFC 4475 §3)', () => {
  expect(Object.keys(VERDICTS).length).toBe(49)
})

describe.skipIf(folder === undefined || !existsSync(folder))('RFC 4475 §3, byte for byte', () => {
  for (const [name, verdict] of Object.entries(VERDICTS)) {
    it(`${name} (RFC 4475 §${verdict.clause})`, () => check(parse(bytesOf(name)), verdict))

    it(`${name}, in a stream (RFC 4475 §${verdict.clause})`, () => {
      const stream = new StreamParser()
      for (const byte of bytesOf(name)) stream.push(Uint8Array.of(byte))
      for (let next = stream.next(); next !== undefined; next = stream.next()) expect(next.kind).toBeTypeOf('string')
    })
  }
})

/** The archive of the RFC has `baddn` without its empty line. */
function bytesOf(name: string): Uint8Array {
  const file = readFileSync(join(folder!, `${name}.dat`))
  return new Uint8Array(name === 'baddn' ? Buffer.concat([file, Buffer.from('\r\n')]) : file)
}

function check(message: Parsed, verdict: Verdict): void {
  expect(message.kind === 'malformed' ? message.code : message.kind).toBe(verdict.is)
  if (message.kind === 'malformed') {
    const { status } = PARSE_ERRORS[message.code]
    expect(status).toBe(verdict.is === 'bad-version' ? 505 : 400)
    expect(message.answerable === undefined).toBe(verdict.silent === true)
    if (message.answerable !== undefined)
      expect(responseTo(message.answerable, status, { toTag: 'x' }).toBytes().length).toBeGreaterThan(100)
    return
  }
  expect(edit(message).toBytes()).toBe(message.wire)
  for (const def of HEADER_DEFS)
    expect([def.name, message.headers.readAll(def).kind === 'malformed']).toEqual([def.name, verdict.broken?.includes(def.name) === true])
  for (const [name, count] of Object.entries(verdict.counts ?? {}))
    expect([name, message.headers.all(defOf(name)).length]).toEqual([name, count])
  if (message.kind === 'request') expect(message.uri.scheme).toBe(verdict.scheme ?? 'sip')
  const read = partsOf(message)
  if (verdict.parts !== undefined) expect(read.kind === 'parts' && read.parts.length).toBe(verdict.parts)
}

const defOf = (name: string): HeaderDef<unknown> => HEADER_DEFS.find(def => def.name === name)!
