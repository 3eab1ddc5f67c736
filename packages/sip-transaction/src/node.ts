/** What the layer needs of the machine, from Node: random tokens (RFC 3261 §19.3) and the keyed To tag (RFC 3261 §8.2.7). */
import { hash, randomFillSync } from 'node:crypto'
import { CallId, CSeq, From, type SipRequest, Via } from '@strowger/sip-parser'
import { KeyHash } from './key-hash.ts'

const TOKEN_DIGITS = 20
const TOKEN_BYTES = TOKEN_DIGITS / 2
/** A draw costs some microseconds however much is drawn. */
const random = Buffer.alloc(TOKEN_BYTES * 2048)
let spent = random.length
/** Few to a text: a token that is kept may keep the text it was cut from. */
const BYTES_PER_TEXT = TOKEN_BYTES * 128
let digits = ''
let used = 0

/** 80 random bits as 20 hexadecimal digits. */
export function nodeToken(): string {
  if (used === digits.length) {
    digits = nextDigits()
    used = 0
  }
  used += TOKEN_DIGITS
  return digits.substring(used - TOKEN_DIGITS, used)
}

function nextDigits(): string {
  if (spent === random.length) {
    randomFillSync(random)
    spent = 0
  }
  spent += BYTES_PER_TEXT
  return random.toString('hex', spent - BYTES_PER_TEXT, spent)
}

/**
 * A To tag that follows from the request and the key: every retransmission, and the CANCEL of an INVITE, gets the same one. 60 bits that nobody
 * foretells without the key (HalfSipHash-1-3).
 * `key`: at least 16 random bytes, shared by the processes that answer for each other.
 */
export function nodeTagOf(key: Uint8Array): (request: SipRequest) => string {
  const keyed = new KeyHash(hash('sha256', key))
  return ({ headers, wire }) => {
    const via = headers.topVia()
    keyed
      .start()
      .text(headers.get(CallId) ?? '')
      .text(headers.tag(From) ?? '')
      .number(headers.get(CSeq)?.sequence ?? 0)
    if (via === undefined) keyed.text(headers.get(Via)?.branch ?? '')
    else if (via.branch >= 0) keyed.bytes(wire, via.branch, via.branchEnd)
    else keyed.text('')
    keyed.end()
    return tagText(keyed.lo, keyed.hi)
  }
}

/** Twelve letters and digits, of one case: tags are compared in any (RFC 3261 §7.3.1). In one call, for a text that is put together is copied later. */
function tagText(lo: number, hi: number): string {
  const digit = (word: number, bit: number): number => DIGITS[(word >>> bit) & 31]!
  return String.fromCharCode(
    digit(lo, 0),
    digit(lo, 5),
    digit(lo, 10),
    digit(lo, 15),
    digit(lo, 20),
    digit(lo, 25),
    digit(hi, 0),
    digit(hi, 5),
    digit(hi, 10),
    digit(hi, 15),
    digit(hi, 20),
    digit(hi, 25),
  )
}

const DIGITS = Uint8Array.from('0123456789abcdefghijklmnopqrstuv', digit => digit.charCodeAt(0))
