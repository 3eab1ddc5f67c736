/** `answer`: takes the SDP of who was offered something, and answers the SDP that the offerer is to get. RFC 3264 §6. */
import type { NgAnswer, NgReply } from '@strowger/media-control'
import { readSdp } from './offer.ts'
import { refuse, refusing } from './refusal.ts'
import { rewrite } from './rewrite.ts'
import { readRules } from './rules.ts'
import { type Leg, legOf, lineOf, type Session, unansweredLeg } from './session.ts'
import type { Switchboard } from './switchboard.ts'
import { matchLines, takeAnswer } from './take-sdp.ts'

export function answer(board: Switchboard, command: NgAnswer): NgReply {
  const rules = readRules(command)
  const session = board.find(command['call-id'])
  const offerer = legOf(session, command['from-tag'])
  if (!offerer) throw refuse('Unknown from-tag: an answer needs the from-tag of its offer')
  const sdp = readSdp(command.sdp)
  const answerer = answererOf(session, offerer, command)
  return refusing(() => {
    matchLines([offerer, answerer], sdp)
    takeAnswer(offerer, answerer, sdp, rules)
    session.answered = true
    answerer.peer = offerer
    offerer.peer = answerer
    session.call.joinTo(offerer.party, answerer.party)
    session.call.joinTo(answerer.party, offerer.party)
    const body = rewrite(command.sdp, sdp, offerer, rules, index => lineOf(offerer, index).mux)
    return { result: 'ok', sdp: body }
  })
}

/**
 * The leg that was offered to. Several phones may answer one offer, each with a tag of its own (RFC 3261 §13.2.2.4): they were told
 * the same ports, so the one that answered last has them.
 */
function answererOf(session: Session, offerer: Leg, command: NgAnswer): Leg {
  const { 'to-tag': toTag, 'via-branch': viaBranch } = command
  const known = legOf(session, toTag) ?? unansweredLeg(session, offerer, viaBranch) ?? branchOf(session, viaBranch) ?? offerer.peer
  if (!known || known === offerer) throw refuse('Nothing was offered that this could answer')
  known.tag = toTag
  return known
}

function branchOf(session: Session, viaBranch: string | undefined): Leg | undefined {
  return viaBranch === undefined ? undefined : session.legs.find(leg => leg.viaBranch === viaBranch)
}
