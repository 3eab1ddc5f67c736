/** Chooses among the final responses of all branches. RFC 3261 §16.7 step 6. */

/** A branch's final response as far as the choice goes. */
export interface Final {
  readonly status: number
}

/**
 * Index of the best: any 6xx, else the lowest class; within 4xx those that tell the caller what to do come first
 * (401, 407, 415, 420, 484), and a refusal that says most beats "no answer" (408). `-1` for none.
 */
export function bestResponse(finals: readonly Final[]): number {
  let best = -1
  for (let i = 0; i < finals.length; i++) {
    if (best < 0 || rank(finals[i]!.status) < rank(finals[best]!.status)) best = i
  }
  return best
}

function rank(status: number): number {
  if (status >= 600) return 0
  const klass = Math.trunc(status / 100) * 1000
  const helpful = HELPFUL.indexOf(status)
  if (helpful >= 0) return klass + helpful
  if (status === 408 || status === 487) return klass + 900
  return klass + 500
}

const HELPFUL = [401, 407, 415, 420, 484, 486]
