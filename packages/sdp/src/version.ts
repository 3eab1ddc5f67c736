/** Keeps the o= line right for whoever sends SDPs of others as its own: same id, version +1 on change only. RFC 3264 §8. */
import type { SdpText } from './bytes.ts'
import type { Origin } from './fields.ts'
import { SdpEditor } from './sdp-editor.ts'

/** The o= line's session id and version, or `undefined` where it has none that are numbers. RFC 8866 §5.2. */
export function sessionVersion(sdp: SdpText): { readonly id: string; readonly version: bigint } | undefined {
  const origin = SdpEditor.open(sdp)?.origin
  return origin && DIGITS.test(origin.sessionVersion) ? { id: origin.sessionId, version: BigInt(origin.sessionVersion) } : undefined
}

/** `sdp` with that session version, and session id where given. `undefined` where it is no SDP; without an o= line it stays as it is. */
export function withVersion(sdp: SdpText, version: number | bigint | string, id?: string): Uint8Array | undefined {
  const editor = SdpEditor.open(sdp)
  const origin = editor?.origin
  if (editor && origin) editor.setOrigin({ ...origin, sessionVersion: String(version), sessionId: id ?? origin.sessionId })
  return editor?.toBytes()
}

/** `sdp` with that o= line. `undefined` where it is no SDP; without an o= line it stays as it is. */
export function replaceOrigin(sdp: SdpText, origin: Origin): Uint8Array | undefined {
  return SdpEditor.open(sdp)?.setOrigin(origin).toBytes()
}

/**
 * What a back-to-back user agent sends on a leg after `previous`, the SDP it sent there last, when the other leg brings `next`:
 * the origin stays the one of `previous`, its version grows by one exactly when anything but the o= line differs (RFC 3264 §8).
 * After the greatest number of 64 bits with sign, or what is no such number, comes 0 (RFC 3264 §5). `undefined` where `next` is no SDP.
 * Where `previous` is none, or has no o= line, `next` comes back as it is.
 */
export function continueSession(previous: SdpText, next: SdpText): Uint8Array | undefined {
  const editor = SdpEditor.open(next)
  const before = SdpEditor.open(previous)
  const origin = before?.origin
  if (!editor || !before || !origin) return editor?.toBytes()
  editor.setOrigin(origin)
  const same = editor.toString() === before.toString()
  return same ? editor.toBytes() : editor.setOrigin({ ...origin, sessionVersion: versionAfter(origin.sessionVersion) }).toBytes()
}

/** Never the same text again, or nobody would see that something changed. */
function versionAfter(version: string): string {
  const digits = version.replace(/^0+(?=\d)/, '')
  const isNumber = /^\d{1,19}$/.test(digits) && BigInt(digits) < GREATEST
  return isNumber ? String(BigInt(digits) + 1n) : '0'
}

/** Versions are numbers of 64 bits with sign. RFC 3264 §5. */
const GREATEST = 2n ** 63n - 1n
const DIGITS = /^\d{1,20}$/
