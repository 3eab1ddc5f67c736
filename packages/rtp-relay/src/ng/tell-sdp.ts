/** Puts an SDP for one side together: its m-lines with the ports it is told, and the session's lines above them. RFC 3264 §5, §6. */
import type { Sdp } from '@strowger/sdp'
import { toldFormats } from './codecs.ts'
import { type MediaWish, mediaRewrite, told } from './media-line.ts'
import { ownText } from './own-text.ts'
import { rewrite } from './rewrite.ts'
import type { Rules } from './rules.ts'
import { type Leg, lineOf } from './session.ts'
import type { Switchboard } from './switchboard.ts'
import { transportOf } from './transport.ts'

/** `to` is who will read it. */
export function tellSdp(
  board: Switchboard,
  text: string | Uint8Array,
  sdp: Sdp,
  to: Leg,
  rules: Rules,
  wish: (index: number) => MediaWish,
): string {
  const media = sdp.media.map((one, index) => {
    const line = mediaRewrite(sdp, index, to, rules, wish(index))
    lineOf(to, index).speaks = line.told && ownText(toldFormats(one, line.told))
    return line
  })
  const at = sdp.media.findIndex(one => ['rtp', 'raw'].includes(transportOf(one)))
  const own = rules.toldAddress ?? to.party.media[Math.max(at, 0)]?.local.address
  const inherited = sdp.media.some(one => one.connections.length === 0)
  const replaced = own !== undefined && sdp.connection !== undefined && (inherited || rules.replace.has('session-connection'))
  const session = {
    address: own,
    connection: replaced ? told(sdp.connection?.address, own, rules) : undefined,
    mark: rules.flags.has('loop-protect') ? board.mark : undefined,
  }
  return rewrite(text, sdp, to, rules, session, media)
}
