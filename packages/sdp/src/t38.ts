/** Answers the parameters of a fax stream. RFC 3362 §5: ITU-T T.38 Annex D says which are negotiated and which only declared. */
import type { SdpAttribute } from './parse.ts'

/**
 * Our attributes, with those of T.38 that depend on the offer put right: the lower version and bit rate of the two, the offered way
 * to manage the rate, an error correction that was offered, and no bit-stream conversion that was not. Attributes of other kinds stay as they are.
 */
export function answerT38(offered: readonly SdpAttribute[], own: readonly SdpAttribute[]): SdpAttribute[] {
  const theirs = new Map<string, string>()
  for (const { name, value = '' } of offered) if (!theirs.has(name.toLowerCase())) theirs.set(name.toLowerCase(), value)
  return own.flatMap(one => {
    const rule = RULES.get(one.name.toLowerCase())
    if (!rule) return [one]
    const value = rule(theirs.get(one.name.toLowerCase()), one.value)
    return value === undefined ? [] : [value === '' ? { name: one.name } : { name: one.name, value }]
  })
}

/** `undefined`: the attribute is left out. '' : it has no value. */
type T38Rule = (offered: string | undefined, own: string | undefined) => string | undefined

function lower(missing: number): T38Rule {
  return (offered, own) => `${Math.min(numberOr(offered, missing), numberOr(own, missing))}`
}

function numberOr(text: string | undefined, missing: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : missing
}

const onlyIfOffered: T38Rule = (offered, own) => (offered === undefined ? undefined : (own ?? ''))

const RULES: ReadonlyMap<string, T38Rule> = new Map<string, T38Rule>([
  ['t38faxversion', lower(0)],
  ['t38maxbitrate', lower(14_400)],
  ['t38faxratemanagement', (offered, own) => offered ?? own],
  ['t38faxudpec', (offered, own) => (offered === own ? own : 't38UDPRedundancy')],
  ['t38faxfillbitremoval', onlyIfOffered],
  ['t38faxtranscodingmmr', onlyIfOffered],
  ['t38faxtranscodingjbig', onlyIfOffered],
])
