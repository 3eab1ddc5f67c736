/** Which interfaces face the two sides: what the command says, else what the dialog has, else the first; of the family that each side speaks. RFC 6157 §4. */
import type { Sdp } from '@strowger/sdp'
import { familyOf } from './family.ts'
import type { Rules } from './rules.ts'
import type { Leg } from './session.ts'
import type { Switchboard } from './switchboard.ts'

/** `legs` are the sender's and the receiver's, where the dialog is there already: then what nobody says stays. */
export function facing(
  board: Switchboard,
  sdp: Sdp,
  rules: Rules,
  legs: readonly [Leg, Leg] | undefined,
): readonly [near: string, far: string] {
  const [towardsSender, towardsReceiver] = rules.interfaces
  const own = familyOfSender(sdp, rules)
  const near = board.interfaceFor(towardsSender ?? legs?.[0].interface, own)
  if (legs && towardsReceiver === undefined && rules.family === undefined) return [near, legs[1].interface]
  const family = rules.family ?? (legs ? board.familyOf(legs[1].interface) : own)
  return [near, board.interfaceFor(towardsReceiver ?? legs?.[1].interface, family)]
}

function familyOfSender(sdp: Sdp, { remoteAddress }: Rules): 4 | 6 | undefined {
  const address = remoteAddress ?? sdp.media.find(({ port, connection }) => port > 0 && connection)?.connection?.address
  return address === undefined ? undefined : familyOf(address)
}
