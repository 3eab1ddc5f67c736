/** `offer`: takes one side's SDP, opens ports towards the other, and answers the SDP that the other is to get. RFC 3264 §5. */
import type { NgOffer, NgReply } from '@strowger/media-control'
import { parseSdp, type Sdp } from '@strowger/sdp'
import { refuse, refusing } from './refusal.ts'
import { rewrite } from './rewrite.ts'
import { type Rules, readRules } from './rules.ts'
import { type Leg, legOf, type Session, unansweredLeg } from './session.ts'
import type { Switchboard } from './switchboard.ts'
import { matchLines, takeOffer } from './take-sdp.ts'
import { demandPlain } from './transport.ts'

/** The same offer again finds the same legs, and so the same ports. A re-offer may come from either side: its tags say which. */
export function offer(board: Switchboard, command: NgOffer): NgReply {
  const rules = readRules(command)
  const sdp = readSdp(command.sdp)
  const fresh = !board.sessions.has(command['call-id'])
  const session = board.demand(command['call-id'])
  try {
    return { result: 'ok', sdp: refusing(() => relayOffer(board, session, command, sdp, rules)) }
  } catch (error) {
    if (fresh) board.discard(session)
    throw error
  }
}

/** @throws refusal for what is no SDP, or none we can relay. */
export function readSdp(text: string | Uint8Array): Sdp {
  const sdp = parseSdp(text)
  if (!sdp || sdp.media.length === 0) throw refuse('Failed to parse SDP')
  demandPlain(sdp)
  return sdp
}

function relayOffer(board: Switchboard, session: Session, command: NgOffer, sdp: Sdp, rules: Rules): Uint8Array {
  const [from, to] = legsOf(board, session, command, rules)
  matchLines([from, to], sdp)
  takeOffer(from, to, sdp, rules)
  session.call.joinTo(from.party, to.party)
  session.call.joinTo(to.party, from.party)
  return rewrite(command.sdp, sdp, to, rules, (_, has) => {
    if (rules.mux.has('demux') || rules.mux.has('remove')) return false
    return has || rules.mux.has('offer')
  })
}

function legsOf(board: Switchboard, session: Session, command: NgOffer, rules: Rules): readonly [from: Leg, to: Leg] {
  const { 'from-tag': fromTag, 'to-tag': toTag, 'via-branch': viaBranch } = command
  const [near, far] = rules.interfaces
  const from = legOf(session, fromTag) ?? board.addLeg(session, { tag: fromTag, interface: board.interfaceFor(near, undefined) })
  let to = legOf(session, toTag) ?? unansweredLeg(session, from, viaBranch)
  // An offer again, without the tag of who has answered meanwhile: a retransmission, or the first offer of a restarted proxy.
  if (!to && toTag === undefined && viaBranch === undefined) to = from.peer
  to ??= board.addLeg(session, { tag: toTag, viaBranch, interface: board.interfaceFor(far, rules.family) })
  if (toTag !== undefined) to.tag = toTag
  to.peer = from
  from.peer = to
  return [from, to]
}
