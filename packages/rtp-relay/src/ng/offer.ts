/** `offer`: takes one side's SDP, opens ports towards the other, and answers the SDP that the other is to get. RFC 3264 §5. */
import type { NgOffer, NgReply } from '@strowger/media-control'
import { parseSdp, type Sdp } from '@strowger/sdp'
import { dialogOfOffer } from './dialogs.ts'
import { facing } from './facing.ts'
import { applyGates } from './gate.ts'
import { isMarked } from './loop.ts'
import { ownText } from './own-text.ts'
import { refuse, refusing } from './refusal.ts'
import { type Rules, readRules } from './rules.ts'
import { lineOf, mark, type Session } from './session.ts'
import type { Switchboard } from './switchboard.ts'
import { matchLines, takeOffer } from './take-sdp.ts'
import { tellSdp } from './tell-sdp.ts'
import { demandPlain } from './transport.ts'

/** The same offer again finds the same legs, and so the same ports. */
export function offer(board: Switchboard, command: NgOffer): NgReply {
  const rules = readRules(command)
  board.unknownFlags += rules.unknown
  const sdp = readSdp(command.sdp)
  if (isMarked(board, sdp, rules)) return { result: 'ok', sdp: command.sdp }
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
  if (sdp.media.some(({ portCount }) => portCount > MOST_PAIRS)) throw refuse(`More than ${MOST_PAIRS} ports in one m-line`)
  demandPlain(sdp)
  return sdp
}

function relayOffer(board: Switchboard, session: Session, command: NgOffer, sdp: Sdp, rules: Rules): string {
  const { 'from-tag': from, 'to-tag': to, 'via-branch': viaBranch } = command
  const near = dialogOfOffer(board, session, { from, to, viaBranch }, legs => facing(board, sdp, rules, legs))
  const far = near.peer!
  if (rules.metadata !== undefined) session.metadata = ownText(rules.metadata)
  if (rules.label !== undefined) near.label = ownText(rules.label)
  matchLines([near, far], sdp)
  takeOffer(session, near, far, sdp, rules)
  mark(session, rules.tos)
  const [requires, offers] = [rules.mux.has('require'), rules.mux.has('offer')]
  let agreed = false
  const told = tellSdp(board, command.sdp, sdp, far, rules, index => {
    // As an rtpengine: what one m-line has agreed to is offered to those after it.
    agreed ||= lineOf(far, index).mux
    const asked = lineOf(near, index).muxOffered && !rules.mux.has('demux')
    return {
      mux: asked || offers || requires || agreed,
      muxed: agreed || requires,
      ptime: rules.ptime,
      single: false,
      bare: true,
      offered: undefined,
    }
  })
  applyGates(session)
  return told
}

/** Layers of a codec that has them (RFC 8866 §5.14); nobody has more. */
const MOST_PAIRS = 8
