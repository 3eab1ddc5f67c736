/** `answer`: takes the SDP of who was offered something, and answers the SDP that the offerer is to get. RFC 3264 §6. */
import type { NgAnswer, NgReply } from '@strowger/media-control'
import { dialogOfAnswer } from './dialogs.ts'
import { facing } from './facing.ts'
import { applyGates } from './gate.ts'
import { isMarked } from './loop.ts'
import { readSdp } from './offer.ts'
import { ownText } from './own-text.ts'
import { refuse, refusing } from './refusal.ts'
import { readRules } from './rules.ts'
import { lineOf, mark } from './session.ts'
import type { Switchboard } from './switchboard.ts'
import { matchLines, takeAnswer } from './take-sdp.ts'
import { tellSdp } from './tell-sdp.ts'

export function answer(board: Switchboard, command: NgAnswer): NgReply {
  const rules = readRules(command)
  board.unknownFlags += rules.unknown
  const session = board.find(command['call-id'])
  const { 'from-tag': from, 'to-tag': to, 'via-branch': viaBranch } = command
  const offerer = dialogOfAnswer(session, { from, to, viaBranch })
  if (!offerer?.peer) throw refuse('Unknown from-tag: an answer needs the from-tag of its offer')
  const answerer = offerer.peer
  const sdp = readSdp(command.sdp)
  if (isMarked(board, sdp, rules)) return { result: 'ok', sdp: command.sdp }
  const [near, far] = facing(board, sdp, rules, [answerer, offerer])
  if (rules.label !== undefined) answerer.label = ownText(rules.label)
  answerer.interface = near
  offerer.interface = far
  return refusing(() => {
    matchLines([offerer, answerer], sdp)
    takeAnswer(session, offerer, answerer, sdp, rules)
    session.answered = true
    board.stay(session)
    mark(session, rules.tos)
    const body = tellSdp(board, command.sdp, sdp, offerer, rules, index => {
      const { mux } = lineOf(offerer, index)
      return {
        mux,
        muxed: mux,
        ptime: rules.ptimeReverse,
        single: rules.flags.has('single-codec'),
        bare: false,
        offered: lineOf(answerer, index).speaks ?? '',
      }
    })
    applyGates(session)
    return { result: 'ok', sdp: body }
  })
}
