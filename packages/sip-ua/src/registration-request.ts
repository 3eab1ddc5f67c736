/** Writes a REGISTER. RFC 3261 §10.2, Table 1 of §10.2. */
import {
  CallId,
  Contact,
  CSeq,
  Expires,
  From,
  MaxForwards,
  type MessageEdit,
  newRequest,
  parseUri,
  Route,
  Supported,
  To,
  type Uri,
} from '@strowger/sip-parser'
import type { RegistrationOptions } from './registration-options.ts'

export interface RegisterFields {
  /** The same for all of one phone's REGISTERs. RFC 3261 §10.2. */
  readonly callId: string
  readonly tag: string
  readonly sequence: number
  /** 0 removes the binding. */
  readonly expiresSeconds: number
}

/** Without Via and credentials. */
export function registerRequest(options: RegistrationOptions, { callId, tag, sequence, expiresSeconds }: RegisterFields): MessageEdit {
  const aor = uriOf(options.aor)
  const request = newRequest('REGISTER', uriOf(options.registrar))
  for (const route of options.routes ?? []) request.append(Route, { uri: uriOf(route), params: NO_PARAMS })
  request
    .append(From, { uri: aor, params: new Map([['tag', tag]]) })
    .append(To, { uri: aor, params: NO_PARAMS })
    .append(CallId, callId)
    .append(CSeq, { sequence, method: 'REGISTER' })
    .append(MaxForwards, 70)
    .append(Contact, { uri: uriOf(options.contact), params: contactParams(options) })
    .append(Expires, expiresSeconds)
  if (options.outbound) for (const tag of ['path', 'outbound']) request.append(Supported, tag)
  return request
}

/** RFC 5626 §4.2.1: the instance goes between angle brackets. */
function contactParams({ contactParams = NO_PARAMS, outbound }: RegistrationOptions): ReadonlyMap<string, string> {
  if (!outbound) return contactParams
  return new Map([...contactParams, ['+sip.instance', `<${outbound.instance}>`], ['reg-id', `${outbound.regId}`]])
}

/** The first route, else the registrar. RFC 3261 §8.1.2. */
export function registrationHop({ routes, registrar }: RegistrationOptions): Uri {
  return uriOf(routes?.[0] ?? registrar)
}

function uriOf(text: string): Uri {
  const uri = parseUri(text)
  if (!uri) throw new TypeError(`"${text}" in the options of a registration is not a URI`)
  return uri
}

const NO_PARAMS: ReadonlyMap<string, string> = new Map()
