/** `*` and the features it stands for, in Reject-Contact and Feature-Caps. RFC 3841 §10, RFC 6809 §6.3. */
import type { Cursor } from '../header-def.ts'
import type { Params } from './params.ts'

/** Names lower-cased, values without quotes, `''` for a flag. */
export interface FeatureSet {
  /** In their order, as `audio` or `+g.3gpp.icsi-ref`. */
  readonly features: Params
}

export function decodeFeatureSet(at: Cursor): FeatureSet | undefined {
  at.literal('*')
  const features = at.params()
  return at.ended ? { features } : undefined
}
