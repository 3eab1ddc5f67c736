/** Language tags: `en`, `de-AT`, `zh-Hant-TW`. RFC 3261 §25.1, RFC 5646 §2.1. */

export function isLanguage(tag: string): boolean {
  return LANGUAGE.test(tag)
}

/** Throws a TypeError unless it is a language tag. */
export function checkLanguage(tag: string): string {
  if (!isLanguage(tag)) throw new TypeError(`A language tag is up to eight letters, then more after hyphens, not ${JSON.stringify(tag)}`)
  return tag
}

const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/
