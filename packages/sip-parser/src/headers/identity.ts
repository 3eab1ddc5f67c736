/** A signature over who calls whom (PASSporT), and where its certificate is. One header field each. RFC 8224 §4. */
import type { Cursor, HeaderDef } from '../header-def.ts'
import { formatUri, parseUri, type Uri } from '../uri.ts'
import { formatOthers, formatParam, otherParams, type Params } from './params.ts'

export interface Identity {
  /** `header.payload.signature` in base64url, or the short form `..signature` (RFC 8225 §7). */
  readonly token: string
  /** Where the certificate is. */
  readonly info: Uri
  /** `ES256` when not given. */
  readonly alg?: string
  /** Kind of PASSporT, `shaken`, `div` (RFC 8225 §8.1). */
  readonly ppt?: string
  /** The others. */
  readonly params?: Params
}

export const Identity: HeaderDef<Identity> = {
  name: 'Identity',
  compact: 'y',
  list: false,
  decode(at) {
    const token = at.until(';')
    const params = new Map<string, string>()
    let info: Uri | undefined
    while (at.skip(';')) {
      const name = at.token().toLowerCase()
      if (name === 'info') info = readInfo(at)
      else if (!params.has(name)) params.set(name, readValue(at))
      else at.fail()
    }
    if (!at.ended || info === undefined || !PASSPORT.test(token)) return undefined
    const [alg, ppt] = [params.get('alg'), params.get('ppt')]
    return { token, info, ...(alg === undefined ? {} : { alg }), ...(ppt === undefined ? {} : { ppt }), ...otherParams(params, FIELDS) }
  },
  encode({ token, info, alg, ppt, params }) {
    if (!PASSPORT.test(token)) throw new TypeError(`A PASSporT is three base64url parts with dots between, not ${JSON.stringify(token)}`)
    let text = `${token};info=<${formatUri(info)}>`
    if (alg !== undefined) text += formatParam('alg', alg)
    if (ppt !== undefined) text += formatParam('ppt', ppt)
    return text + formatOthers(params, FIELDS)
  },
}

function readInfo(at: Cursor): Uri | undefined {
  at.skip('=')
  at.literal('<')
  const text = at.until('>')
  at.literal('>')
  return parseUri(text)
}

/** Some signers quote `ppt` and `alg`. */
function readValue(at: Cursor): string {
  if (!at.skip('=')) return ''
  return at.peek() === '"' ? at.quotedString() : at.until('<>;,"')
}

const FIELDS = ['info', 'alg', 'ppt']
const PASSPORT = /^[\w-]*\.[\w-]*\.[\w-]+$/
