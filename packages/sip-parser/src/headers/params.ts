/** Writes `;name=value` parameters, quoted where a token would not do. RFC 3261 §25.1 generic-param. */
import { consistsOf, IPV6, TOKEN } from '../characters.ts'

/** Throws a TypeError for a name that is no token. */
export function formatParams(params: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of params) text += formatParam(name, value)
  return text
}

export function formatParam(name: string, value: string): string {
  if (!consistsOf(name, TOKEN)) throw new TypeError(`A parameter name is a token, not ${JSON.stringify(name)}`)
  if (value === '') return `;${name}`
  if (consistsOf(value, TOKEN)) return `;${name}=${value}`
  if (NEVER_QUOTED.has(name) && BARE.test(value)) return `;${name}=${value}`
  return `;${name}=${isBracketed(value) ? value : quote(value)}`
}

/** A quoted-string: `"`, `\` and control characters escaped (RFC 3261 §25.1 quoted-pair). */
export function quote(text: string): string {
  let from = 0
  let quoted = '"'
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code !== QUOTE && code !== BACKSLASH && code >= 32 && code !== DELETE) continue
    quoted += `${text.slice(from, i)}\\`
    from = i
  }
  return `${quoted}${text.slice(from)}"`
}

const isBracketed = (value: string): boolean => value.startsWith('[') && value.endsWith(']') && consistsOf(value.slice(1, -1), IPV6)

/** Some stacks send tags that are no tokens; they must go back as they came (RFC 3261 §8.2.6.2). */
const NEVER_QUOTED: ReadonlySet<string> = new Set(['tag', 'branch', 'received'])
const QUOTE = 34
const BACKSLASH = 92
const DELETE = 127
const BARE = /^[^\s",;<>\\]+$/
