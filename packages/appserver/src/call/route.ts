/** Decides what a new call is and where it goes: from the signed context and the directory alone. */
import { classify, isE164 } from '@strowger/domain'
import type { Context, Direction, Tenant } from '@strowger/runtime'
import { From, type SipRequest } from '@strowger/sip-parser'
import type { Client, Ddi, Directory, Extension, User } from '@strowger/store'
import type { Side } from './call.ts'

/** For the record of the call. */
export interface Attempt {
  readonly tenant: Tenant
  readonly caller: string
  /** As dialled. */
  readonly callee: string
  readonly direction: Direction
  /** Row id of the user who calls, or who is called from outside. */
  readonly user?: number
}

/** Who is shown as calling. */
export interface Shown {
  readonly name?: string
  readonly user: string
  readonly host: string
}

export type Route =
  | { readonly kind: 'dial'; readonly side: Side; readonly user: string; readonly host: string; readonly from: Shown }
  | { readonly kind: 'echo' }
  | { readonly kind: 'refuse'; readonly status: number; readonly cause: string }

export interface Plan {
  readonly attempt: Attempt
  readonly route: Route
}

/** A call of a phone or of a carrier, whichever the context says. */
export function planOf(context: Context, request: SipRequest, directory: Directory): Plan {
  return context.from === 'phone' ? fromPhone(context, request, directory) : fromCarrier(context, request, directory)
}

function fromPhone(context: Context, request: SipRequest, directory: Directory): Plan {
  const dialled = request.uri.user ?? ''
  const user = directory.row('user', context.user)
  const client = directory.row('client', context.client)
  const attempt = {
    tenant: { brand: context.brand, client: context.client },
    callee: dialled,
    ...(user === undefined ? {} : { user: user.id }),
  }
  if (user === undefined || client === undefined || user.clientId !== client.id) {
    const caller = request.headers.get(From)?.uri.user ?? ''
    return { attempt: { ...attempt, caller, direction: 'internal' }, route: no(403, 'no user at this phone') }
  }
  const shown = insideCaller(user, directory)
  const { direction, route } = dialledBy(user, client, shown, dialled, directory)
  return { attempt: { ...attempt, caller: shown.user, direction }, route }
}

/** A text of a phone: to an extension of a user, or to a user name, of the same client; everything else is unknown. RFC 3428 §7. */
export function messagePlanOf(context: Context, request: SipRequest, directory: Directory): Plan {
  const plan = fromPhone(context, request, directory)
  const { route } = plan
  if (route.kind === 'dial' && route.side === 'users' && plan.attempt.direction === 'internal') return plan
  if (route.kind === 'refuse' && route.status !== 404) return plan
  const user = directory.row('user', context.user)
  const named = user && userNamed(request.uri.user ?? '', user, directory)
  const shown = user && insideCaller(user, directory)
  return { ...plan, route: named && shown ? toUser(named, shown, directory) : no(404, 'nobody who takes messages') }
}

/** Of the same client, by the name of the phone. */
function userNamed(name: string, asking: User, directory: Directory): User | undefined {
  const host = directory.row('terminal', asking.terminalId)?.domain
  const terminal = host === undefined ? undefined : directory.terminalOf(name, host)
  const user = terminal && directory.userOf(terminal)
  return user?.clientId === asking.clientId ? user : undefined
}

function dialledBy(
  user: User,
  client: Client,
  shown: Shown,
  dialled: string,
  directory: Directory,
): { readonly direction: Direction; readonly route: Route } {
  const meant = classify(dialled, directory.dialView(client))
  switch (meant.kind) {
    case 'service':
      return { direction: 'service', route: meant.service.name === 'echo' ? { kind: 'echo' } : no(404, 'unknown service') }
    case 'extension':
      return toExtension(meant.extension, user, client, shown, directory)
    case 'external':
      return toNumber(meant.e164, user, client, shown, directory)
    case 'unknown':
      return { direction: meant.what === 'service' ? 'service' : 'internal', route: no(404, `unknown ${meant.what}`) }
  }
}

function toExtension(
  extension: Extension,
  user: User,
  client: Client,
  shown: Shown,
  directory: Directory,
): { readonly direction: Direction; readonly route: Route } {
  if (extension.routeType === 'number' && extension.numberValue !== null)
    return toNumber(extension.numberValue, user, client, shown, directory)
  if (extension.routeType !== 'user') return { direction: 'internal', route: no(404, 'extension leads nowhere') }
  return { direction: 'internal', route: toUser(directory.row('user', extension.userId), shown, directory) }
}

/** A number of the caller's own client comes back in without a carrier (bounce). */
function toNumber(
  e164: string,
  user: User,
  client: Client,
  shown: Shown,
  directory: Directory,
): { readonly direction: Direction; readonly route: Route } {
  const own = directory.ddi(e164)
  if (own !== undefined && own.clientId === client.id) return { direction: 'internal', route: toDdi(own, shown, directory) }
  const presented = directory.outgoingDdiOf(user)
  if (presented === undefined) return { direction: 'outbound', route: no(403, 'no number to present') }
  const from: Shown = { user: presented.e164, host: shown.host }
  return { direction: 'outbound', route: { kind: 'dial', side: 'trunks', user: e164, host: TRUNKS, from } }
}

function fromCarrier(context: Context, request: SipRequest, directory: Directory): Plan {
  const dialled = request.uri.user ?? ''
  const from = request.headers.get(From)
  const caller = from?.uri.user ?? ANONYMOUS
  const ddi = numberOf(dialled, context.brand, directory)
  const client = directory.row('client', ddi?.clientId)
  const called = client && directory.row('user', ddi?.userId)
  const attempt: Attempt = {
    tenant: { brand: context.brand, ...(client === undefined ? {} : { client: client.id }) },
    caller,
    callee: dialled,
    direction: 'inbound',
    ...(called === undefined ? {} : { user: called.id }),
  }
  if (ddi === undefined || client === undefined) return { attempt, route: no(404, 'number of no client') }
  const name = ddi.displayName ?? from?.displayName
  return { attempt, route: toDdi(ddi, { user: caller, host: client.domain ?? '', ...(name ? { name } : {}) }, directory) }
}

/** Carriers write a number with `+` or without. A number of another brand is unknown here. */
function numberOf(dialled: string, brand: number, directory: Directory): Ddi | undefined {
  const e164 = dialled.startsWith('+') ? dialled : `+${dialled}`
  const ddi = isE164(e164) ? directory.ddi(e164) : undefined
  return ddi?.brandId === brand ? ddi : undefined
}

function toDdi(ddi: Ddi, shown: Shown, directory: Directory): Route {
  if (ddi.type === 'out') return no(404, 'number takes no calls')
  if (ddi.routeType !== 'user') return no(404, 'number leads nowhere')
  return toUser(directory.row('user', ddi.userId), shown, directory)
}

/** `shown.host` becomes the called user's own domain where the caller has none here. */
function toUser(called: User | undefined, shown: Shown, directory: Directory): Route {
  if (called === undefined) return no(404, 'no such user')
  const terminal = directory.row('terminal', called.terminalId)
  if (terminal === undefined) return no(480, 'user has no phone')
  const from = shown.host === '' ? { ...shown, host: terminal.domain } : shown
  return { kind: 'dial', side: 'users', user: terminal.name, host: terminal.domain, from }
}

/** The name is the directory's, never what the phone says of itself. */
function insideCaller(user: User, directory: Directory): Shown {
  const terminal = directory.row('terminal', user.terminalId)
  const number = directory.extensionOf(user)?.number ?? terminal?.name ?? ANONYMOUS
  return { name: user.name, user: number, host: terminal?.domain ?? '' }
}

function no(status: number, cause: string): Route {
  return { kind: 'refuse', status, cause }
}

/** Stands for whichever carrier the trunks' proxy chooses. */
const TRUNKS = 'trunks'
const ANONYMOUS = 'anonymous'
