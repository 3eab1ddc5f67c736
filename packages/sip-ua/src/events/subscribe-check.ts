/** Whether a SUBSCRIBE can be had: package, duration, bodies. RFC 6665 §4.2.1.1. */
import { Accept, AllowEvents, Event, Expires, type MessageEdit, MinExpires, responseTo, type SipRequest } from '@strowger/sip-parser'
import { accepted, type EventName, type EventPackage, eventName } from './event-package.ts'

export interface SubscribeAsks {
  readonly event: EventName
  readonly package: EventPackage
  /** Granted: never more than was asked. 0: unsubscribe, or the state once. RFC 6665 §4.2.1.1. */
  readonly seconds: number
  /** Media type its NOTIFYs will have. */
  readonly contentType: string
}

/** A refusal is complete but for the To tag, which `toTag` gives. */
export function checkSubscribe(
  request: SipRequest,
  packages: readonly EventPackage[],
  toTag: string,
): { readonly asks: SubscribeAsks } | { readonly refusal: MessageEdit } {
  const { headers } = request
  const event = headers.read(Event)
  if (event.kind !== 'value')
    return { refusal: responseTo(request, 400, { toTag, reason: `${event.kind === 'absent' ? 'Missing' : 'Bad'} Event` }) }
  const known = packages.find(({ name }) => name === event.value.type)
  if (!known) return { refusal: withAllowEvents(responseTo(request, 489, { toTag }), packages) }
  const contentType = bodyFor(request, known)
  if (contentType === undefined) return { refusal: withAccept(responseTo(request, 406, { toTag }), known) }
  const expires = headers.read(Expires)
  if (expires.kind === 'malformed') return { refusal: responseTo(request, 400, { toTag, reason: 'Bad Expires' }) }
  const asked = expires.kind === 'value' ? expires.value : known.defaultSeconds
  const least = known.minSeconds ?? 0
  if (isTooBrief(asked, least)) return { refusal: responseTo(request, 423, { toTag }).append(MinExpires, least) }
  const seconds = Math.min(asked, known.maxSeconds ?? asked)
  return { asks: { event: eventName(event.value), package: known, seconds, contentType } }
}

/** Names what is offered here, in 489 and in any answer that likes to. RFC 6665 §4.1.1, §8.2.2. */
export function withAllowEvents(response: MessageEdit, packages: readonly EventPackage[]): MessageEdit {
  for (const { name } of packages) response.append(AllowEvents, name)
  return response
}

/** Only a duration between nothing and an hour can be too brief, whatever is configured. RFC 6665 §4.2.1.1. */
function isTooBrief(asked: number, least: number): boolean {
  return asked > 0 && asked < 3600 && asked < least
}

/** The first of ours that they take; no Accept means the default of the package. RFC 6665 §4.1.2.1, §5.4.5. */
function bodyFor({ headers }: SipRequest, { accepts }: EventPackage): string | undefined {
  const list = headers.all(Accept)
  return headers.has(Accept) ? accepts.find(type => accepted(list, type)) : accepts[0]
}

function withAccept(response: MessageEdit, { accepts }: EventPackage): MessageEdit {
  for (const type of accepts) response.append(Accept, { type, params: new Map() })
  return response
}
