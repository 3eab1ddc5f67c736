/** The byte-exact torture messages of RFC 4475 §3, read from the folder that STROWGER_RFC4475 names. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { edit, PARSE_ERRORS, parse } from '../src/index.ts'

const folder = process.env.STROWGER_RFC4475

/** What each file must come to; every other file of the folder is a sound request. */
const EXPECTED: Readonly<Record<string, string>> = {
  badaspec: 'bad-name-addr',
  baddn: 'truncated',
  badinv01: 'bad-via',
  badvers: 'bad-version',
  bcast: 'response',
  bigcode: 'start-line',
  clerr: 'content-length',
  insuf: 'missing-header',
  ltgtruri: 'bad-uri',
  lwsruri: 'start-line',
  lwsstart: 'start-line',
  mcl01: 'repeated-header',
  mismatch01: 'cseq-method',
  mismatch02: 'cseq-method',
  multi01: 'repeated-header',
  ncl: 'content-length',
  noreason: 'response',
  quotbal: 'bad-name-addr',
  scalar02: 'bad-cseq',
  scalarlg: 'bad-cseq',
  trws: 'start-line',
  unreason: 'response',
}

/** Not in RFC 4475, or cut short: `baddn` in the RFC's own archive lacks the empty line. */
const STRANGERS = ['test']

describe.skipIf(folder === undefined)('RFC 4475 §3, byte for byte', () => {
  const names =
    folder === undefined
      ? []
      : readdirSync(folder)
          .filter(file => file.endsWith('.dat'))
          .map(file => file.slice(0, -4))
  it('finds the whole collection', () => expect(names.length).toBeGreaterThanOrEqual(48))
  for (const name of names.filter(name => !STRANGERS.includes(name))) {
    it(name, () => {
      const message = parse(new Uint8Array(readFileSync(join(folder!, `${name}.dat`))))
      expect(message.kind === 'malformed' ? message.code : message.kind).toBe(EXPECTED[name] ?? 'request')
      if (message.kind === 'malformed') expect(PARSE_ERRORS[message.code].status).toBe(name === 'badvers' ? 505 : 400)
      else expect(edit(message).toBytes()).toBe(message.wire)
    })
  }
})
