/** INVITE server transaction. RFC 3261 §17.2.1, Figure 7, with the Accepted state of RFC 6026 §7.1 and CANCEL of RFC 3261 §9.2. */
import { step, type Table } from './table.ts'

/** RFC 3261 §17.2.1, Figure 7, with `accepted` of RFC 6026 §7.1. */
export type InviteServerState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated'

export type InviteServerEvent =
  | 'request'
  | 'ACK'
  | 'CANCEL'
  | 'respond 1xx'
  | 'respond 2xx'
  | 'respond 3xx-6xx'
  | 'timer 100'
  | 'timer G'
  | 'timer H'
  | 'timer I'
  | 'timer L'
  | 'send failed'

export type InviteServerEffect =
  | 'send'
  | 'resend'
  | 'send 100'
  | 'stop 100'
  | 'pass ACK'
  | 'tell user: cancelled'
  | 'tell user: timeout'
  | 'tell user: transport'
  | 'double G'
  | 'start G'
  | 'start H'
  | 'start I'
  | 'start L'

/** Started with the request: the 200 ms timer of the automatic 100 (RFC 3261 §17.2.1). */
// biome-ignore format: a table reads in columns
export const inviteServer: Table<InviteServerState, InviteServerEvent, InviteServerEffect> = {
  proceeding: {
    'request':         step('proceeding', 'resend'),
    'CANCEL':          step('proceeding', 'tell user: cancelled'), // the user answers 487
    'respond 1xx':     step('proceeding', 'send', 'stop 100'),
    'respond 2xx':     step('accepted',   'send', 'start L'),
    'respond 3xx-6xx': step('completed',  'send', 'start G', 'start H'),
    'timer 100':       step('proceeding', 'send 100'),
    'send failed':     step('proceeding', 'tell user: transport'), // stays where it is: RFC 6026 §8.8 on RFC 3261 §17.2.4
  },
  accepted: {                                                      // a retransmitted INVITE is absorbed: no second call
    'ACK':             step('accepted',   'pass ACK'),
    'respond 2xx':     step('accepted',   'send'),                 // the core retransmits it, RFC 3261 §13.3.1.4
    'timer L':         step('terminated'),
    'send failed':     step('accepted',   'tell user: transport'),
  },
  completed: {
    'request':         step('completed',  'resend'),
    'ACK':             step('confirmed',  'start I'),
    'timer G':         step('completed',  'resend', 'double G'),
    'timer H':         step('terminated', 'tell user: timeout'),
    'send failed':     step('completed',  'tell user: transport'),
  },
  confirmed: {                                                     // further ACKs are absorbed
    'timer I':         step('terminated'),
  },
  terminated: {},
}
