/** Writes the relay's ports and address into an SDP on its way to the other side; every other line stays as it came. RFC 3264 §5. */
import { isUnspecified, type Sdp, SdpEditor } from '@strowger/sdp'
import type { Rules } from './rules.ts'
import { type Leg, lineOf } from './session.ts'
import { transportOf } from './transport.ts'

/** `to` is who will read it; `adjustMux` says what becomes of a=rtcp-mux in the m-line of that index. */
export function rewrite(
  text: string | Uint8Array,
  sdp: Sdp,
  to: Leg,
  rules: Rules,
  wantsMux: (index: number, has: boolean) => boolean,
): Uint8Array {
  const editor = SdpEditor.open(text)!
  const address = to.party.media[0]?.local.address
  if (address === undefined) return editor.toBytes()
  if (rules.replaceOrigin) editor.setOriginAddress(address)
  const inherited = sdp.media.some(media => media.connections.length === 0)
  if (sdp.connection && (rules.replaceSessionConnection || inherited) && !isUnspecified(sdp.connection.address)) {
    editor.setConnection('session', address)
  }
  for (const index of sdp.media.keys()) rewriteLine(editor, sdp, index, to, wantsMux)
  // The relay ends ICE: candidates of the far side would lead past it.
  return editor.removeLines(({ type, value }) => type === 'a' && ICE.test(value)).toBytes()
}

function rewriteLine(editor: SdpEditor, sdp: Sdp, index: number, to: Leg, wantsMux: (index: number, has: boolean) => boolean): void {
  const media = sdp.media[index]!
  const transport = transportOf(media)
  if (transport === 'encrypted') editor.setPort(index, 0)
  if (transport !== 'rtp' && transport !== 'raw') return
  const { local } = to.party.media[index]!
  editor.setPort(index, local.port)
  const own = media.connections.length > 0
  if (own ? !isUnspecified(media.connection?.address) : !sdp.connection) editor.setConnection(index, local.address)
  const has = media.attributes.some(({ name }) => name === 'rtcp-mux')
  const mux = wantsMux(index, has)
  if (mux && !has) editor.addAttribute(index, 'rtcp-mux')
  if (!mux && has) editor.removeAttribute(index, 'rtcp-mux')
  const rtcpPort = lineOf(to, index).mux ? local.port : local.rtcpPort
  if (media.rtcp) editor.setRtcp(index, rtcpPort, media.rtcp.address === undefined ? undefined : local.address)
}

const ICE = /^(?:candidate|ice-ufrag|ice-pwd|ice-options|ice-lite|ice-mismatch|ice-pacing|remote-candidates|end-of-candidates)\b/
