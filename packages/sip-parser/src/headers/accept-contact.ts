/** Contacts the caller wants, by what they can do: `*;audio;methods="INVITE,BYE";require`. RFC 3841 §9.2. */
import type { HeaderDef } from '../header-def.ts'
import { formatFeatures } from './feature-params.ts'
import { otherParams, type Params } from './params.ts'

export interface AcceptContact {
  /** Feature tags (RFC 3840 §9): names lower-cased, values without quotes, `''` for a flag. */
  readonly features: Params
  /** Contacts that do not match are not to be tried. */
  readonly require: boolean
  /** Contacts that say nothing of a feature do not match fully. */
  readonly explicit: boolean
}

export const AcceptContact: HeaderDef<AcceptContact> = {
  name: 'Accept-Contact',
  compact: 'a',
  list: true,
  decode(at) {
    at.literal('*')
    const params = at.params()
    if (!at.ended) return undefined
    return { features: otherParams(params, FIELDS).params ?? NOTHING, require: params.has('require'), explicit: params.has('explicit') }
  },
  encode: ({ features, require, explicit }) =>
    `*${formatFeatures(features, FIELDS)}${require ? ';require' : ''}${explicit ? ';explicit' : ''}`,
}

const NOTHING: Params = new Map()
const FIELDS = ['require', 'explicit']
