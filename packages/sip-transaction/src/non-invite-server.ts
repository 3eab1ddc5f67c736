/** Non-INVITE server transaction. RFC 3261 §17.2.2, Figure 8, with RFC 4320 §4.1 (100 only, and late) and §4.2 (never 408). */
import { step, type Table } from './table.ts'

/** Of client and server alike. RFC 3261 §17.1.2, §17.2.2, Figures 6 and 8. */
export type NonInviteState = 'trying' | 'proceeding' | 'completed' | 'terminated'

export type NonInviteServerEvent = 'request' | 'respond 100' | 'respond 408' | 'respond 2xx-6xx' | 'timer 100' | 'timer J' | 'send failed'

export type NonInviteServerEffect = 'send' | 'resend' | 'forget' | 'send 100' | 'tell user: transport' | 'start J'

/** Started with the request: the timer of the automatic 100, due when the peer's timer E reaches T2 (RFC 4320 §4.1). */
// biome-ignore format: a table reads in columns
export const nonInviteServer: Table<NonInviteState, NonInviteServerEvent, NonInviteServerEffect> = {
  trying: {                                                        // a retransmitted request is absorbed
    'respond 100':     step('proceeding', 'send'),
    'respond 408':     step('completed',  'start J'),              // nothing is sent: the peer has timed out by itself
    'respond 2xx-6xx': step('completed',  'send', 'start J'),
    'timer 100':       step('proceeding', 'send 100'),
  },
  proceeding: {
    'request':         step('proceeding', 'resend'),
    'respond 100':     step('proceeding', 'send'),
    'respond 408':     step('completed',  'forget', 'start J'),
    'respond 2xx-6xx': step('completed',  'send', 'start J'),
    'send failed':     step('proceeding', 'tell user: transport'), // stays where it is: RFC 6026 §8.8 on RFC 3261 §17.2.4
  },
  completed: {
    'request':         step('completed',  'resend'),
    'timer J':         step('terminated'),
    'send failed':     step('completed',  'tell user: transport'),
  },
  terminated: {},
}
