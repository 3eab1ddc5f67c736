/** Writes a PUBLISH. RFC 3903 §4.1, Table 1 of §4.1. */
import {
  CallId,
  CSeq,
  Event,
  Expires,
  From,
  MaxForwards,
  type MessageEdit,
  newRequest,
  Route,
  SipIfMatch,
  To,
  type Uri,
  utf8Bytes,
} from '@strowger/sip-parser'
import { type EventName, eventValue } from './event-package.ts'
import type { StateBody } from './notify-draft.ts'
import { uriOf } from './uri-of.ts'

/** Whose state of what; JSON. */
export interface PublishWish {
  /** Request-URI, To and From. RFC 3903 §4.1. */
  readonly aor: string
  readonly event: EventName
  /** Pre-loaded Route, first to be visited first; loose routers. RFC 3261 §8.1.1.1. */
  readonly routes?: readonly string[]
}

export interface PublishFields {
  readonly callId: string
  readonly localTag: string
  readonly sequence: number
  /** 0 removes it. RFC 3903 §4.5. */
  readonly seconds: number
  /** Left out: a new publication. RFC 3903 §4.2. */
  readonly etag?: string
}

/** No Contact: PUBLISH makes no dialog (RFC 3903 §4). `body`: of a first or changed state; a refresh or removal has none (§4.3, §4.5). */
export function publishRequest({ aor, event, routes }: PublishWish, fields: PublishFields, body: StateBody | undefined): MessageEdit {
  const uri = uriOf(aor)
  const edit = newRequest('PUBLISH', uri)
  for (const route of routes ?? []) edit.append(Route, { uri: uriOf(route), params: new Map() })
  edit
    .append(From, { uri, params: new Map([['tag', fields.localTag]]) })
    .append(To, { uri, params: new Map() })
    .append(CallId, fields.callId)
    .append(CSeq, { sequence: fields.sequence, method: 'PUBLISH' })
    .append(MaxForwards, 70)
    .append(Event, eventValue(event))
    .append(Expires, fields.seconds)
  if (fields.etag !== undefined) edit.append(SipIfMatch, fields.etag)
  return body ? edit.body(body.contentType, utf8Bytes(body.text)) : edit
}

export function publishHop({ routes, aor }: PublishWish): Uri {
  return uriOf(routes?.[0] ?? aor)
}
