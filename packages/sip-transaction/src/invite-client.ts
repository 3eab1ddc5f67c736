/** INVITE client transaction. RFC 3261 §17.1.1, Figure 5, with the Accepted state of RFC 6026 §7.2 and CANCEL of RFC 3261 §9.1. */
import { step, type Table } from './table.ts'

/** `abandoned` is ours: the user fails over to another hop, a late 2xx must still surface and a late 1xx must stop ringing. */
export type InviteClientState = 'calling' | 'proceeding' | 'abandoned' | 'accepted' | 'completed' | 'terminated'

export type InviteClientEvent =
  | '1xx'
  | '2xx'
  | '3xx-6xx'
  | 'timer A'
  | 'timer B'
  | 'timer D'
  | 'timer M'
  | 'cancel'
  | 'cancel unanswered'
  | 'give up'
  | 'send failed'

export type InviteClientEffect =
  | 'resend'
  | 'ack'
  | 'tell user'
  | 'tell user: timeout'
  | 'tell user: transport'
  | 'hold cancel'
  | 'release cancel'
  | 'cancel'
  | 'double A'
  | 'start D'
  | 'start M'

/** Started with the request: timers A and B, or A and `give up` when that comes sooner. */
// biome-ignore format: a table reads in columns
export const inviteClient: Table<InviteClientState, InviteClientEvent, InviteClientEffect> = {
  calling: {
    '1xx':         step('proceeding', 'tell user', 'release cancel'),
    '2xx':         step('accepted',   'tell user', 'start M'),
    '3xx-6xx':     step('completed',  'tell user', 'ack', 'start D'),
    'timer A':     step('calling',    'resend', 'double A'),
    'timer B':     step('terminated', 'tell user: timeout'),
    'cancel':      step('calling',    'hold cancel'),        // nothing to cancel before a 1xx, RFC 3261 §9.1
    'give up':     step('abandoned',  'tell user: timeout', 'start M'),
    'send failed': step('terminated', 'tell user: transport'),
  },
  proceeding: {
    '1xx':         step('proceeding', 'tell user'),
    '2xx':         step('accepted',   'tell user', 'start M'),
    '3xx-6xx':     step('completed',  'tell user', 'ack', 'start D'),
    'cancel':      step('proceeding', 'cancel'),
    'cancel unanswered': step('terminated', 'tell user: timeout'), // 64*T1 after our CANCEL, RFC 3261 §9.1
  },
  abandoned: {                                               // the user has moved on, the hop does not know
    '1xx':         step('abandoned',  'cancel'),
    '2xx':         step('accepted',   'tell user', 'start M'),
    '3xx-6xx':     step('completed',  'ack', 'start D'),
    'timer M':     step('terminated'),
    'cancel unanswered': step('terminated'),
  },
  accepted: {
    '2xx':         step('accepted',   'tell user'),          // forks and retransmissions; the core ACKs
    'timer M':     step('terminated'),
  },
  completed: {
    '3xx-6xx':     step('completed',  'ack'),
    'timer D':     step('terminated'),
    'send failed': step('terminated', 'tell user: transport'),
  },
  terminated: {},
}
