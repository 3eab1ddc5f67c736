/** Contacts the caller does not want. RFC 3841 §9.2. */
import type { HeaderDef } from '../header-def.ts'
import { formatFeatures } from './feature-params.ts'
import { decodeFeatureSet, type FeatureSet } from './feature-set.ts'

export const RejectContact: HeaderDef<FeatureSet> = {
  name: 'Reject-Contact',
  compact: 'j',
  list: true,
  decode: decodeFeatureSet,
  encode: ({ features }) => `*${formatFeatures(features, [])}`,
}
