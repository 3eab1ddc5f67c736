/** What the layer needs of the machine, from Node: random tokens (RFC 3261 §19.3) and the keyed To tag (RFC 3261 §8.2.7). */
import { hash, randomFillSync } from 'node:crypto'
import { CallId, CSeq, From, type SipRequest, tagOf, Via } from '@strowger/sip-parser'

const TOKEN_DIGITS = 20
const TAG_HEX_DIGITS = 20
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
 * A To tag that follows from the request and the key: every retransmission, and the CANCEL of an INVITE, gets the same one.
 * `key`: at least 16 random bytes, shared by the processes that answer for each other.
 */
export function nodeTagOf(key: Uint8Array): (request: SipRequest) => string {
  // 256 bits as text. Most of the hash is left out, so nobody can make a longer text of one that was hashed, and no HMAC is needed.
  const secret = hash('sha256', key)
  return ({ headers }) => {
    const from = headers.get(From)
    const about = `${headers.get(CallId)}\n${from && tagOf(from)}\n${headers.get(CSeq)?.sequence}\n${headers.get(Via)?.branch}`
    return hash('sha256', secret + about).slice(0, TAG_HEX_DIGITS)
  }
}
