/** An answer that takes an offer and lets no media flow, for who has to be answered when there is nobody to answer. RFC 3264 §6.1, §8.4. */
import { SdpEditor } from '@strowger/sdp'

/** All its streams, inactive, with no address to send to; empty where the offer cannot be read. */
export function heldAnswer(offer: string): string {
  const edit = SdpEditor.open(offer)
  if (edit === undefined) return ''
  edit.setConnections('0.0.0.0')
  for (let index = 0; index < edit.mediaCount; index++) edit.setDirection(index, 'inactive')
  return edit.toString()
}
