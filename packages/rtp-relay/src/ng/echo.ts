/** `echo`: a session of its own that sends a party's RTP back to it, and the answer to the party's offer. Ours: no rtpengine has it. */
import type { NgEcho, NgReply } from '@strowger/media-control'
import { direction, echoAnswer, parseSdp } from '@strowger/sdp'
import { refuse, refusing } from './refusal.ts'
import { readRules } from './rules.ts'
import { legOf, lineOf, type Session } from './session.ts'
import type { Switchboard } from './switchboard.ts'
import { remoteOf } from './take-sdp.ts'
import { demandPlain, offersMux } from './transport.ts'

export function echo(board: Switchboard, command: NgEcho): NgReply {
  const fresh = !board.sessions.has(command['call-id'])
  const session = board.demand(command['call-id'])
  try {
    return { result: 'ok', sdp: refusing(() => answerEcho(board, session, command)) }
  } catch (error) {
    if (fresh) board.discard(session)
    throw error
  }
}

function answerEcho(board: Switchboard, session: Session, command: NgEcho): Uint8Array {
  const sdp = parseSdp(command.sdp)
  if (!sdp) throw refuse('Failed to parse SDP')
  demandPlain(sdp)
  const tag = command['from-tag']
  const leg = legOf(session, tag) ?? board.addLeg(session, { tag, interface: board.interfaceFor(undefined, undefined) })
  const media = leg.party.media[0]!
  const at = sdp.media.findIndex(({ kind, port, protocol }) => kind === 'audio' && port !== 0 && /^RTP\/AVPF?$/i.test(protocol))
  const audio = sdp.media[at]
  const mux = audio !== undefined && offersMux(audio)
  const body = echoAnswer(command.sdp, { ...media.local, rtcpPort: mux ? media.local.port : media.local.rtcpPort })
  if (!audio || !body) throw refuse('No plain audio to send back')
  lineOf(leg, 0).mux = mux
  session.answered = true
  media.hold(direction(sdp, at) !== 'sendrecv')
  media.connect(remoteOf(audio, mux, false, readRules(command)))
  leg.party.echo()
  return body
}
