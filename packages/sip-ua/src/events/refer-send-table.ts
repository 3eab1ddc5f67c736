/** States of a REFER on the side that sent it. RFC 3515 §2.4.3 to §2.4.5, RFC 4488 §4. */

/**
 * - `asked`: no answer yet. `hearing`: NOTIFYs come, perhaps before the answer. `accepted`: 2xx, and a NOTIFY is due.
 * - `done`: its outcome is known. `silent`: it is being done, and they will not tell (Refer-Sub: false).
 * - `refused`: it is not done. `unknown`: nobody told in time.
 */
export type ReferralState = 'asked' | 'accepted' | 'hearing' | 'done' | 'silent' | 'refused' | 'unknown'

/** `progress`, `outcome`: a NOTIFY with a provisional, a final status. `ended`: a last NOTIFY without one. `over`: time is up. */
export type ReferralEvent = 'accepted' | 'accepted silently' | 'refused' | 'progress' | 'outcome' | 'ended' | 'over'

/** An empty cell ignores the event. */
export const referralTable: Readonly<Record<ReferralState, Readonly<Partial<Record<ReferralEvent, ReferralState>>>>> = {
  asked: {
    accepted: 'accepted',
    'accepted silently': 'silent',
    refused: 'refused',
    progress: 'hearing',
    outcome: 'done',
    ended: 'unknown',
    over: 'unknown',
  },
  accepted: { progress: 'hearing', outcome: 'done', ended: 'unknown', over: 'unknown' },
  // Who tells has accepted, whatever an answer says that came late or was lost.
  hearing: { accepted: 'hearing', refused: 'hearing', progress: 'hearing', outcome: 'done', ended: 'unknown', over: 'unknown' },
  done: {},
  silent: {},
  refused: {},
  unknown: {},
}
