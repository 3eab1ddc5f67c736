/** How good a call sounds, from what its statistics say: the E-model of ITU-T G.107, simplified. RFC 3611 §4.7.5 asks for such figures. */

/** How a codec bears loss. ITU-T G.113 Appendix I */
export interface CodecImpairment {
  /** Ie: of the codec itself. */
  readonly equipment: number
  /** Bpl: how well it bears loss. */
  readonly robustness: number
}

/** ITU-T G.113 Appendix I, tables I.1 and I.4. */
export const CODECS: Readonly<Record<'G.711' | 'G.711 without concealment' | 'G.729A' | 'G.723.1' | 'GSM-EFR', CodecImpairment>> = {
  'G.711': { equipment: 0, robustness: 25.1 },
  'G.711 without concealment': { equipment: 0, robustness: 4.3 },
  'G.729A': { equipment: 11, robustness: 19 },
  'G.723.1': { equipment: 15, robustness: 16.1 },
  'GSM-EFR': { equipment: 5, robustness: 10 },
}

/** What is known of a call, in one direction. */
export interface CallConditions {
  /** Packets lost or too late to be played: 0 to 1. */
  readonly lossRatio: number
  /** 0 where there is no better figure. */
  readonly jitterMs: number
  /** There and back, of the network. 0 where there is no better figure. */
  readonly roundTripMs: number
  /** Default G.711 with concealment. */
  readonly codec?: CodecImpairment
  /** How much loss comes in bursts: 1 (the default) is not at all, 2 twice as long as by chance. BurstR of ITU-T G.107 */
  readonly burstRatio?: number
  /** Delay of the far and near device besides network and jitter buffer: default 40 ms, of two packets of 20 ms. */
  readonly deviceMs?: number
}

/** R of 0 to 100 and the mean opinion score it stands for, 1 to 4.5. */
export interface Quality {
  /** 0 to 100. */
  readonly rFactor: number
  /** 1 to 4.5. */
  readonly mos: number
}

/**
 * R = 93.2 - Id - Ie,eff (ITU-T G.107 with its default values); the delay impairment Id is the fit of Cole and Rosenbluth, "Voice over IP
 * Performance Monitoring", 2001; the jitter buffer is taken to be twice the jitter. An estimate: it hears neither echo nor noise.
 * @throws RangeError for conditions that cannot be
 */
export function estimateQuality(conditions: CallConditions): Quality {
  const { lossRatio, jitterMs, roundTripMs, codec = CODECS['G.711'], burstRatio = 1, deviceMs = 40 } = conditions
  if (!(lossRatio >= 0 && lossRatio <= 1)) throw new RangeError(`lossRatio is 0 to 1, not ${lossRatio}`)
  if (!(jitterMs >= 0 && roundTripMs >= 0 && deviceMs >= 0)) throw new RangeError('jitterMs, roundTripMs and deviceMs are not negative')
  if (!(burstRatio >= 1)) throw new RangeError(`burstRatio is at least 1, not ${burstRatio}`)
  const delay = roundTripMs / 2 + 2 * jitterMs + deviceMs
  const delayImpairment = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0)
  const percent = lossRatio * 100
  const { equipment, robustness } = codec
  const lossImpairment = equipment + ((95 - equipment) * percent) / (percent / burstRatio + robustness)
  const rFactor = Math.min(Math.max(93.2 - delayImpairment - lossImpairment, 0), 100)
  return { rFactor, mos: mosOf(rFactor) }
}

/** ITU-T G.107 Annex B. */
export function mosOf(rFactor: number): number {
  if (rFactor <= 0) return 1
  if (rFactor >= 100) return 4.5
  return Math.max(1, 1 + 0.035 * rFactor + rFactor * (rFactor - 60) * (100 - rFactor) * 7e-6)
}
