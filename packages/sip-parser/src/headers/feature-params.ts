/** Feature tags: always quoted, for a comma may be between. RFC 3840 §9, RFC 6809 §6.3. */
import { checkOnce, formatParam, formatQuoted, type Params } from './params.ts'

/** Names as they come, values without the quotes; `''` for a flag. Throws a TypeError for one of `fields`. */
export function formatFeatures(features: Params, fields: readonly string[]): string {
  let text = ''
  for (const [name, value] of features) {
    if (fields.includes(name.toLowerCase())) throw new TypeError(`${JSON.stringify(name)} is no feature, it has a field of its own`)
    checkOnce(name, features)
    text += value === '' ? formatParam(name, '') : formatQuoted(name, value)
  }
  return text
}
