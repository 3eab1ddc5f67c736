/** How one header field is read and written; what a grammar walks on. RFC 3261 §7.3, §25.1. */
import type { Uri } from './uri.ts'

/** Export your own to teach the parser a new header field. */
export interface HeaderDef<T> {
  /** Canonical spelling, `Via`. */
  readonly name: string
  /** Compact form, `v` (RFC 3261 §7.3.3). */
  readonly compact?: string
  /** Whether the grammar is a comma-separated list (RFC 3261 §7.3.1). `decode` and `encode` see one element. */
  readonly list: boolean
  /** Reads like the ABNF: see {@link Cursor}. `undefined` when the value does not match. */
  decode(at: Cursor): T | undefined
  /** The value without name and line end. A result with CR or LF makes the edit throw a TypeError. */
  encode(value: T): string
}

/**
 * Walks one header value. After the first mismatch every step is a no-op and `ended` stays false.
 * White space around separators, folds included, is skipped where the grammar has SWS.
 */
export interface Cursor {
  /** 1*DIGIT, at most `max`. */
  decimal(max: number): number
  /** 1*token-char, as written (RFC 3261 §25.1 token). */
  token(): string
  /** LWS: at least one space, tab or fold (RFC 3261 §25.1). */
  lws(): void
  /** SWS: any amount of it, none included. */
  sws(): void
  /** `text` in any case. */
  literal(text: string): void
  /** The byte ahead, as a one-character string; `''` at the end. */
  peek(): string
  /** Steps over `text` (any case) and says so, or stays. SWS before and after it is skipped. */
  skip(text: string): boolean
  /** Text between quotes, unescaped. */
  quotedString(): string
  /** hostname, IPv4address or IPv6reference; lower-cased, without brackets. */
  host(): string
  /** Text between parentheses, as written; they may nest (RFC 3261 §25.1 comment). */
  comment(): string
  /** `display-name <URI>` or a bare URI that ends at `;` (RFC 3261 §20.10). */
  address(): { readonly displayName?: string; readonly uri: Uri } | undefined
  /** *( SEMI generic-param ), names lower-cased; a parameter without value gives `''`. */
  params(): ReadonlyMap<string, string>
  /** A run of bytes up to white space or one of `stops`; may be empty. */
  until(stops: string): string
  /** All that is left, folds as one space. */
  rest(): string
  /** Marks a mismatch the grammar alone does not see. */
  fail(): void
  /** All steps matched and nothing is left. */
  get ended(): boolean
}
