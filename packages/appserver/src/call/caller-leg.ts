/** The leg of who calls: we are the called side of its dialog. RFC 3261 §13.3.1, §15. */
import { step, type Table } from './table.ts'

/**
 * - `leaving`: hung up between our 200 and its ACK, when a BYE is not allowed yet (RFC 3261 §15).
 * - `ending`: our BYE is out.
 */
export type CallerState = 'waiting' | 'ringing' | 'answered' | 'leaving' | 'up' | 'ending' | 'ended'

/** `no ACK`: 64*T1 after a 2xx. `gone`: our BYE was answered, or never will be. */
export type CallerEvent = 'progress' | 'answer' | 'ACK' | 'no ACK' | 'hang up' | 'BYE' | 'gone'

export type CallerEffect = 'send 1xx' | 'send 2xx' | 'refuse' | 'stop 2xx' | 'send BYE'

// biome-ignore format: a table reads in columns
export const callerLeg: Table<CallerState, CallerEvent, CallerEffect> = {
  waiting: {
    'progress': step('ringing',  'send 1xx'),
    'answer':   step('answered', 'send 2xx'),
    'hang up':  step('ended',    'refuse'),
    'BYE':      step('ended',    'refuse'),               // a caller may end its early dialog so, RFC 3261 §15
  },
  ringing: {
    'progress': step('ringing',  'send 1xx'),
    'answer':   step('answered', 'send 2xx'),
    'hang up':  step('ended',    'refuse'),
    'BYE':      step('ended',    'refuse'),
  },
  answered: {
    'ACK':      step('up',       'stop 2xx'),
    'no ACK':   step('ending',   'stop 2xx', 'send BYE'), // RFC 3261 §13.3.1.4
    'hang up':  step('leaving'),
    'BYE':      step('ended',    'stop 2xx'),
  },
  leaving: {
    'ACK':      step('ending',   'stop 2xx', 'send BYE'),
    'no ACK':   step('ending',   'stop 2xx', 'send BYE'),
    'BYE':      step('ended',    'stop 2xx'),
  },
  up: {
    'no ACK':   step('ending',   'stop 2xx', 'send BYE'), // of a re-INVITE
    'hang up':  step('ending',   'stop 2xx', 'send BYE'),
    'BYE':      step('ended',    'stop 2xx'),
  },
  ending: {
    'BYE':      step('ended'),                            // both hung up at once
    'gone':     step('ended'),
  },
  ended: {},
}
