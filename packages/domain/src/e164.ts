/** Numbers as people dial them to E.164 with `+`, the only form inside the platform. RFC 3966 §5.1.4 */

/** How numbers are dialled at one client: the store's `transformation_rule_set`. */
export interface NumberingPlan {
  /** Dialled before a country code: `00`. Empty where there is none. */
  readonly internationalCode: string
  /** Digits, no `+`: `34`. */
  readonly countryCode: string
  /** Dialled before a national number: `0` in Germany, empty in Spain. */
  readonly trunkPrefix: string
  /** May be left out when dialling inside the area; empty where it is part of every number. */
  readonly areaCode: string
  /** Digits of a national number, area code included; null where they vary. */
  readonly nationalLength: number | null
}

/** E.164: at most 15 digits; the shortest numbers in use have 7 with their country code. */
const E164 = /^\+[1-9]\d{6,14}$/
const DIGITS = /^\d+$/
/** Visual separators. RFC 3966 §5.1.1 */
const SEPARATORS = /[\s\-.()]/g

/** `+` and digits, or `undefined` if that is no number (an extension nobody has, a name, a code). Without a plan only `+` numbers are. */
export function normalizeE164(dialled: string, plan?: NumberingPlan): string | undefined {
  const text = dialled.replace(SEPARATORS, '')
  if (text.startsWith('+')) return e164(text)
  if (plan === undefined || !DIGITS.test(text)) return undefined
  const { internationalCode, countryCode } = plan
  if (internationalCode !== '' && text.startsWith(internationalCode)) return e164(`+${text.slice(internationalCode.length)}`)
  const national = nationalNumber(text, plan)
  return national === undefined ? undefined : e164(`+${countryCode}${national}`)
}

export function isE164(text: string): boolean {
  return E164.test(text)
}

function nationalNumber(digits: string, plan: NumberingPlan): string | undefined {
  const { trunkPrefix, areaCode, nationalLength } = plan
  const fits = (number: string): boolean => nationalLength === null || number.length === nationalLength
  if (trunkPrefix !== '' && digits.startsWith(trunkPrefix)) {
    const rest = digits.slice(trunkPrefix.length)
    return fits(rest) ? rest : undefined
  }
  if (areaCode !== '' && nationalLength !== null && fits(areaCode + digits)) return areaCode + digits
  return fits(digits) ? digits : undefined
}

function e164(text: string): string | undefined {
  return E164.test(text) ? text : undefined
}
