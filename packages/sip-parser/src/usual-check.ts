/** Sees that an address or a Call-ID is sound, as nearly all are, and makes nothing of it: most are never asked for. RFC 3261 §20.8, §20.20, §20.39. */
import { CLASS, HOST, TOKEN, UPPER, USER, VALUE } from './characters.ts'

/**
 * Whether the bytes are `["name" | name] <sip:[user@]host[:port]>[;tag=value]` without anything escaped: the grammar then accepts them.
 * When not, only the grammar can tell. There is a blank neither at `start` nor before `end`.
 */
export function isUsualAddress(bytes: Uint8Array, start: number, end: number): boolean {
  const open = bytes[start] === LESS ? start : bytes[start] === QUOTE ? afterQuotes(bytes, start + 1, end) : afterToken(bytes, start, end)
  if (open < 0 || open >= end || bytes[open] !== LESS) return false
  const close = afterUri(bytes, open + 1, end)
  if (close < 0 || close >= end || bytes[close] !== GREATER) return false
  let i = close + 1
  if (i === end) return true
  if (i + 5 > end || bytes[i] !== SEMICOLON || bytes[i + 1] !== 116 || bytes[i + 2] !== 97 || bytes[i + 3] !== 103) return false
  if (bytes[i + 4] !== EQUALS) return false
  i += 5
  while (i < end && VALUE[bytes[i]!] === 1) i++
  return i === end
}

/** Whether all is visible ASCII. */
export function isUsualCallId(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start
  while (i < end && bytes[i]! > 32 && bytes[i]! < 127) i++
  return i === end && i > start
}

/** Behind the closing quote and one blank; -1 when something else than visible ASCII and blanks stands before it. */
function afterQuotes(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end && bytes[i] !== QUOTE && bytes[i] !== BACKSLASH && bytes[i]! >= 32 && bytes[i]! < 127) i++
  if (i >= end || bytes[i] !== QUOTE) return -1
  return bytes[i + 1] === SP ? i + 2 : i + 1
}

/** Behind one token and a blank. A `*` may be more than a name. */
function afterToken(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end && (CLASS[bytes[i]!]! & TOKEN) !== 0) i++
  if (i === start || bytes[start] === STAR) return -1
  return bytes[i] === SP ? i + 1 : i
}

/** The first byte that is not of `sip:[user@]host[:port]`; -1 when it is no such URI. */
function afterUri(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== 115 || bytes[start + 1] !== 105 || bytes[start + 2] !== 112) return -1
  const colon = bytes[start + 3] === 115 ? start + 4 : start + 3
  if (bytes[colon] !== COLON) return -1
  let i = colon + 1
  while (i < end && (CLASS[bytes[i]!]! & USER) !== 0) i++
  if (bytes[i] !== AT) return afterHost(bytes, colon + 1, end)
  return i === colon + 1 ? -1 : afterHost(bytes, i + 1, end)
}

function afterHost(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end && (CLASS[bytes[i]!]! & (HOST | UPPER)) === HOST) i++
  if (i === start || i - start > HOST_BYTES) return -1
  return bytes[i] === COLON ? afterPort(bytes, i + 1) : i
}

function afterPort(bytes: Uint8Array, start: number): number {
  let port = 0
  let i = start
  for (; i < start + 5; i++) {
    const digit = bytes[i]! - 48
    if (!(digit >= 0 && digit <= 9)) break
    port = port * 10 + digit
  }
  return i === start || port > 65_535 ? -1 : i
}

/** The longest domain name there is (RFC 1035 §2.3.4). */
const HOST_BYTES = 255
const SP = 32
const QUOTE = 34
const STAR = 42
const COLON = 58
const SEMICOLON = 59
const LESS = 60
const EQUALS = 61
const GREATER = 62
const AT = 64
const BACKSLASH = 92
