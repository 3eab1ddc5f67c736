/** The frame of an NG datagram: a cookie, one space, the body. */
import { bytesOf, latin1 } from '../bytes.ts'

/** A datagram taken apart; the body is not read yet. */
export interface NgDatagram {
  /** 1 to 128 visible characters. */
  readonly cookie: string
  readonly body: Uint8Array
}

/** Takes a datagram apart, or `undefined` where it has no cookie. */
export function readDatagram(bytes: Uint8Array): NgDatagram | undefined {
  const space = bytes.subarray(0, MAX_COOKIE + 1).indexOf(SPACE)
  if (space < 1) return undefined
  const cookie = latin1(bytes.subarray(0, space))
  return VISIBLE.test(cookie) ? { cookie, body: bytes.subarray(space + 1) } : undefined
}

/** Puts a datagram together. */
export function writeDatagram(cookie: string, body: Uint8Array): Uint8Array {
  const head = bytesOf(`${cookie} `)
  const out = new Uint8Array(head.length + body.length)
  out.set(head)
  out.set(body, head.length)
  return out
}

const MAX_COOKIE = 128
const SPACE = 0x20
const VISIBLE = /^[!-~]+$/
