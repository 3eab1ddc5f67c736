/** `loop-protect`: an SDP that has passed this relay already passes again as it is. */
import type { Sdp } from '@strowger/sdp'
import type { Rules } from './rules.ts'
import type { Switchboard } from './switchboard.ts'

export function isMarked({ mark }: Switchboard, sdp: Sdp, { flags }: Rules): boolean {
  return flags.has('loop-protect') && sdp.attributes.some(({ name, value }) => name === 'rtpengine' && value === mark)
}
