/** The frame of a datagram of NG or rtpproxy: a cookie, one space, the body. */
import { type ByteString, bytesOf, latin1, textOf } from '../bytes.ts'

/** A datagram taken apart; the body is not read yet. */
export interface Datagram {
  /** 1 to 128 visible characters. */
  readonly cookie: string
  readonly body: Uint8Array
}

/** Takes a datagram apart, or `undefined` where it has no cookie. */
export function readDatagram(bytes: Uint8Array): Datagram | undefined {
  let space = 0
  while (space < MAX_COOKIE && isVisible(bytes[space])) space++
  if (space < 1 || bytes[space] !== SPACE) return undefined
  return { cookie: latin1(bytes.subarray(0, space)), body: bytes.subarray(space + 1) }
}

function isVisible(byte: number | undefined): boolean {
  return byte !== undefined && byte >= EXCLAMATION && byte <= TILDE
}

/** Puts a datagram together. */
export function writeDatagram(cookie: string, body: ByteString): Uint8Array {
  return bytesOf(`${cookie} ${textOf(body)}`)
}

/** The largest payload of UDP over IPv4. */
export const MAX_DATAGRAM = 65_507
const MAX_COOKIE = 128
const SPACE = 0x20
const EXCLAMATION = 0x21
const TILDE = 0x7e
