/** The leg of who is called: we are the calling side of its dialog. RFC 3261 §13.2, §9.1, §15. */
import { step, type Table } from './table.ts'

/**
 * - `answered`: its 2xx waits for our ACK, which waits for the caller's, because that may carry the answer to its offer.
 * - `cancelling`: our CANCEL is out, or will be as soon as a 1xx lets it (RFC 3261 §9.1).
 * - `ending`: our BYE is out.
 */
export type CalleeState = 'waiting' | 'ringing' | 'answered' | 'up' | 'cancelling' | 'ending' | 'ended'

/** `refusal`: a final response other than 2xx, or none at all. `gone`: our BYE was answered, or never will be. */
export type CalleeEvent = 'progress' | 'answer' | 'refusal' | 'ACK' | 'no ACK' | 'hang up' | 'BYE' | 'gone'

export type CalleeEffect = 'send CANCEL' | 'send ACK' | 'stop 2xx' | 'send BYE'

// biome-ignore format: a table reads in columns
export const calleeLeg: Table<CalleeState, CalleeEvent, CalleeEffect> = {
  waiting: {
    'progress': step('ringing'),
    'answer':   step('answered'),
    'refusal':  step('ended'),
    'hang up':  step('cancelling', 'send CANCEL'),
  },
  ringing: {                                               // no BYE: a callee may not send it here, RFC 3261 §15
    'progress': step('ringing'),
    'answer':   step('answered'),
    'refusal':  step('ended'),
    'hang up':  step('cancelling', 'send CANCEL'),
  },
  answered: {
    'ACK':      step('up',     'send ACK'),
    'hang up':  step('ending', 'send ACK', 'send BYE'),
    'BYE':      step('ended',  'send ACK'),
  },
  up: {
    'no ACK':   step('ending', 'stop 2xx', 'send BYE'),    // of a re-INVITE
    'hang up':  step('ending', 'stop 2xx', 'send BYE'),
    'BYE':      step('ended',  'stop 2xx'),
  },
  cancelling: {
    'answer':   step('ending', 'send ACK', 'send BYE'),    // the 2xx crossed our CANCEL
    'refusal':  step('ended'),
  },
  ending: {
    'BYE':      step('ended'),                             // both hung up at once
    'gone':     step('ended'),
  },
  ended: {},
}
