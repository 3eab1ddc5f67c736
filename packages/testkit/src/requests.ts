/** Requests and answers for tests: the smallest ones that RFC 3261 §8.1.1 allows. */
import {
  CallId,
  CSeq,
  From,
  MaxForwards,
  type MessageEdit,
  newRequest,
  parseUri,
  responseTo,
  type SipResponse,
  To,
  type Uri,
} from '@strowger/sip-parser'
import type { Core } from './simulate.ts'

/** Who calls. */
export const ALICE = 'sip:alice@client.test'
/** Who is called. */
export const BOB = 'sip:bob@server.test'

/** A request outside any dialog, without Via; CSeq 1. */
export function newCall(method: string, token: () => string): MessageEdit {
  return newRequest(method, BOB)
    .append(MaxForwards, 70)
    .append(From, { uri: uriOf(ALICE), params: new Map([['tag', token()]]) })
    .append(To, { uri: uriOf(BOB), params: new Map() })
    .append(CallId, token())
    .append(CSeq, { sequence: 1, method })
}

/** The ACK of a 2xx to an INVITE, without Via. RFC 3261 §13.2.2.4. */
export function ackTo({ headers }: SipResponse): MessageEdit | undefined {
  const [from, to, callId, cseq] = [headers.get(From), headers.get(To), headers.get(CallId), headers.get(CSeq)]
  if (from === undefined || to === undefined || callId === undefined || cseq?.method !== 'INVITE') return undefined
  return newRequest('ACK', BOB)
    .append(MaxForwards, 70)
    .append(From, from)
    .append(To, to)
    .append(CallId, callId)
    .append(CSeq, { sequence: cseq.sequence, method: 'ACK' })
}

/** A core that accepts every request and answers it with each status in turn, `everyMs` apart. A cancelled INVITE gets 487. */
export function answering(statuses: readonly number[], everyMs = 0): Core {
  return (output, { layer, token }, simulation) => {
    if (output.kind === 'cancelled') {
      layer.respond(simulation.now, output.transaction, responseTo(output.transaction.request, 487, { toTag: token() }))
    }
    if (output.kind !== 'request') return
    const transaction = layer.accept(simulation.now, output.incoming)
    const toTag = token()
    statuses.forEach((status, i) => {
      const answer = (): void => {
        layer.respond(simulation.now, transaction, responseTo(output.incoming.request, status, status === 100 ? {} : { toTag }))
      }
      if (everyMs === 0) answer()
      else simulation.after(everyMs * (i + 1), answer)
    })
  }
}

function uriOf(text: string): Uri {
  const uri = parseUri(text)
  if (uri === undefined) throw new Error(`not a URI: ${text}`)
  return uri
}
