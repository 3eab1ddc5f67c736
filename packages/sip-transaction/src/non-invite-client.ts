/** Non-INVITE client transaction. RFC 3261 §17.1.2, Figure 6. */
import type { NonInviteState } from './non-invite-server.ts'
import { step, type Table } from './table.ts'

export type NonInviteClientEvent = '1xx' | '2xx-6xx' | 'timer E' | 'timer F' | 'timer K' | 'give up' | 'send failed'

export type NonInviteClientEffect =
  | 'resend'
  | 'tell user'
  | 'tell user: timeout'
  | 'tell user: transport'
  | 'double E'
  | 'E at T2'
  | 'start K'

/** Started with the request: timers E and F, or E and `give up` when that comes sooner. */
// biome-ignore format: a table reads in columns
export const nonInviteClient: Table<NonInviteState, NonInviteClientEvent, NonInviteClientEffect> = {
  trying: {
    '1xx':         step('proceeding', 'tell user'),
    '2xx-6xx':     step('completed',  'tell user', 'start K'),
    'timer E':     step('trying',     'resend', 'double E'),
    'timer F':     step('terminated', 'tell user: timeout'),
    'give up':     step('terminated', 'tell user: timeout'),
    'send failed': step('terminated', 'tell user: transport'),
  },
  proceeding: {
    '1xx':         step('proceeding', 'tell user'),
    '2xx-6xx':     step('completed',  'tell user', 'start K'),
    'timer E':     step('proceeding', 'resend', 'E at T2'),
    'timer F':     step('terminated', 'tell user: timeout'),
    'give up':     step('terminated', 'tell user: timeout'),
    'send failed': step('terminated', 'tell user: transport'),
  },
  completed: {                                               // late responses are absorbed
    'timer K':     step('terminated'),
  },
  terminated: {},
}
