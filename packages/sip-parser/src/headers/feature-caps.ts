/** What a server on the way can do: `*;+g.3gpp.srvcc="..."`. RFC 6809 §6. */
import type { HeaderDef } from '../header-def.ts'
import { formatFeatures } from './feature-params.ts'
import { decodeFeatureSet, type FeatureSet } from './feature-set.ts'

export const FeatureCaps: HeaderDef<FeatureSet> = {
  name: 'Feature-Caps',
  list: true,
  decode(at) {
    const set = decodeFeatureSet(at)
    return set !== undefined && [...set.features.keys()].every(isCapability) ? set : undefined
  },
  encode({ features }) {
    for (const name of features.keys())
      if (!isCapability(name)) throw new TypeError(`A capability starts with "+", not ${JSON.stringify(name)}`)
    return `*${formatFeatures(features, [])}`
  },
}

const isCapability = (name: string): boolean => name.startsWith('+')
