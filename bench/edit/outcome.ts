/** What a message says after the edits: the same, whoever wrote it and in which order of headers. */
import { CallId, Contact, CSeq, From, latin1, MaxForwards, parse, RecordRoute, Route, tagOf, Via } from '@strowger/sip-parser'

export interface Outcome {
  readonly method: string
  readonly vias: readonly string[]
  readonly recordRoutes: readonly string[]
  readonly routes: number
  readonly maxForwards: number | undefined
  readonly callId: string | undefined
  readonly cseq: CSeq | undefined
  readonly fromTag: string | undefined
  readonly contacts: number
  readonly body: string
}

/** @throws when `bytes` are no request */
export function outcome(bytes: Uint8Array): Outcome {
  const message = parse(bytes)
  if (message.kind !== 'request') throw new Error(`not a request: ${latin1(bytes)}`)
  const { headers } = message
  const from = headers.get(From)
  return {
    method: message.method,
    vias: headers.all(Via).map(via => `${via.host}:${via.port} ${via.branch}`),
    recordRoutes: headers.all(RecordRoute).map(({ uri }) => uri.host),
    routes: headers.all(Route).length,
    maxForwards: headers.get(MaxForwards),
    callId: headers.get(CallId),
    cseq: headers.get(CSeq),
    fromTag: from && tagOf(from),
    contacts: headers.all(Contact).length,
    body: latin1(message.body),
  }
}
