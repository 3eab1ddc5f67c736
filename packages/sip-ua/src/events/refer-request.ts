/** Writes a REFER, in a dialog or outside of any. RFC 3515 §2.1, RFC 3892 §2.1, RFC 4488 §4, RFC 5589 §7.1. */
import {
  CallId,
  Contact,
  CSeq,
  From,
  MaxForwards,
  type MessageEdit,
  newRequest,
  ReferredBy,
  ReferSub,
  ReferTo,
  Require,
  Supported,
  To,
} from '@strowger/sip-parser'
import { type Draft, line, withDraft } from './draft.ts'
import { type ReplacesReference, replacingUri } from './refer-target.ts'
import { uriOf } from './uri-of.ts'

export interface ReferWish {
  /** Whom they shall call. */
  readonly referTo: string
  /** The call they shall take over: attended transfer. Tags as the target of the transfer knows them. RFC 5589 §7.1. */
  readonly replaces?: ReplacesReference
  /** Who refers, as the target will see it. RFC 3892 §2.1. */
  readonly referredBy?: string
  /** False: do not tell; nobody who cannot do without may take it then. Default true. RFC 4488 §4. */
  readonly subscribe?: boolean
}

/** A REFER for a dialog. Throws a TypeError for what is no URI. */
export function referDraft({ referTo, replaces, referredBy, subscribe = true }: ReferWish): Draft {
  const target = uriOf(referTo)
  const headers = [
    line(ReferTo, { uri: replaces ? replacingUri(target, replaces) : target, params: new Map() }),
    ...(referredBy === undefined ? [] : [line(ReferredBy, { uri: uriOf(referredBy), params: new Map() })]),
    ...(subscribe ? [] : [line(ReferSub, { subscribe: false }), line(Require, 'norefersub')]),
    line(Supported, 'norefersub'),
  ]
  return { method: 'REFER', headers }
}

/** A REFER outside any dialog, to `to`. RFC 7647 §4. */
export function newRefer(
  wish: ReferWish,
  { to, from, contact, token }: { readonly to: string; readonly from: string; readonly contact: string; readonly token: () => string },
): MessageEdit {
  const edit = newRequest('REFER', uriOf(to))
    .append(From, { uri: uriOf(from), params: new Map([['tag', token()]]) })
    .append(To, { uri: uriOf(to), params: new Map() })
    .append(CallId, token())
    .append(CSeq, { sequence: 1, method: 'REFER' })
    .append(MaxForwards, 70)
    .append(Contact, { uri: uriOf(contact), params: new Map() })
  return withDraft(edit, referDraft(wish))
}
