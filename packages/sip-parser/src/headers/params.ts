/** Reads and writes `;name=value` parameters, quoted where a token would not do. RFC 3261 §25.1 generic-param. */
import { consistsOf, IPV6, TOKEN } from '../characters.ts'
import { checkToken } from '../safe-text.ts'

export type Params = ReadonlyMap<string, string>

/** Throws a TypeError for a name that is no token, or there twice but for its case. */
export function formatParams(params: Params): string {
  let text = ''
  for (const [name, value] of params) text += formatParam(checkOnce(name, params), value)
  return text
}

/** Names do not mind case (RFC 3261 §7.3.1): `Q` beside `q` would be a parameter given twice. */
export function checkOnce(name: string, params: Params): string {
  if (params.size < 2) return name
  const lowered = name.toLowerCase()
  if (lowered !== name && params.has(lowered)) throw new TypeError(`The parameter ${JSON.stringify(lowered)} is given twice`)
  return name
}

export function formatParam(name: string, value: string): string {
  checkToken(name, 'A parameter name')
  if (value === '') return `;${name}`
  if (consistsOf(value, TOKEN) || (NEVER_QUOTED.has(name) && BARE.test(value))) return `;${name}=${value}`
  return `;${name}=${formatValue(value)}`
}

/** `;name="value"`, for the few parameters whose grammar has the quotes whatever is between. */
export function formatQuoted(name: string, value: string): string {
  return `;${checkToken(name, 'A parameter name')}=${quote(value)}`
}

/** gen-value: token, IPv6reference or quoted-string. */
export function formatValue(value: string): string {
  return consistsOf(value, TOKEN) || isBracketed(value) ? value : quote(value)
}

/** token or quoted-string. */
export function formatWord(value: string): string {
  return consistsOf(value, TOKEN) ? value : quote(value)
}

/** What is left of `params` beside those that have a field of their own: no property at all when nothing is. */
export function otherParams(params: Params, fields: readonly string[]): { readonly params?: Params } {
  let others: Map<string, string> | undefined
  for (const [name, value] of params) {
    if (fields.includes(name)) continue
    others ??= new Map()
    others.set(name, value)
  }
  return others === undefined ? NONE : { params: others }
}

/** Writes what {@link otherParams} left. Throws a TypeError for the name of a field: it would be there twice. */
export function formatOthers(params: Params | undefined, fields: readonly string[]): string {
  if (params === undefined) return ''
  let text = ''
  for (const [name, value] of params) {
    if (fields.includes(name.toLowerCase())) throw new TypeError(`The parameter ${JSON.stringify(name)} has a field of its own`)
    text += formatParam(checkOnce(name, params), value)
  }
  return text
}

/** A quoted-string: `"`, `\` and control characters escaped (RFC 3261 §25.1 quoted-pair). Throws a TypeError for CR and LF. */
export function quote(text: string): string {
  let from = 0
  let quoted = '"'
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code !== QUOTE && code !== BACKSLASH && code >= 32 && code !== DELETE) continue
    if (code === CR || code === LF) throw new TypeError(`A quoted string may not hold CR or LF: ${JSON.stringify(text)}`)
    quoted += `${text.slice(from, i)}\\`
    from = i
  }
  return `${quoted}${text.slice(from)}"`
}

const isBracketed = (value: string): boolean => value.startsWith('[') && value.endsWith(']') && consistsOf(value.slice(1, -1), IPV6)

/** Some stacks send tags that are no tokens; they must go back as they came (RFC 3261 §8.2.6.2). */
const NEVER_QUOTED: ReadonlySet<string> = new Set(['tag', 'branch', 'received', 'to-tag', 'from-tag', 'local-tag', 'remote-tag'])
const NONE = Object.freeze({})
const LF = 10
const CR = 13
const QUOTE = 34
const BACKSLASH = 92
const DELETE = 127
/** Visible ASCII that neither ends a parameter nor quotes. */
const BARE = /^[!#-+\--:=?-[\]-~]+$/
