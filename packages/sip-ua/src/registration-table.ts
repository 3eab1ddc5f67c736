/** States of a registration kept alive by a user agent. RFC 3261 §10.2, RFC 5626 §4.5. */

/**
 * - `registering`: a REGISTER is out; no other may be sent until it is answered (RFC 3261 §10.2).
 * - `registered`: until the refresh is due.
 * - `waiting`: it failed; tried again after the back-off.
 * - `stopping`: told to stop while a REGISTER is out.
 * - `unregistering`: the REGISTER with `Expires: 0` is out.
 */
export type RegistrationState = 'idle' | 'registering' | 'registered' | 'waiting' | 'stopping' | 'unregistering'

/** `flow lost`: the connection of a binding that stands is gone; a REGISTER that is out fails by itself. RFC 5626 §4.5. */
export type RegistrationEvent = 'start' | 'stop' | '2xx' | 'challenge' | 'too brief' | 'failure' | 'timer' | 'flow lost'

export type RegistrationEffect =
  | 'send'
  | 'send removal'
  | 'tell registered'
  | 'count failure'
  | 'tell failed'
  | 'tell unregistered'
  | 'start refresh'
  | 'start back-off'

export interface RegistrationCell {
  readonly to: RegistrationState
  readonly effects: readonly RegistrationEffect[]
}

const cell = (to: RegistrationState, ...effects: readonly RegistrationEffect[]): RegistrationCell => ({ to, effects })

/** Entering a state stops the timer of the one before; an empty cell ignores the event. */
export const registrationTable: Readonly<Record<RegistrationState, Readonly<Partial<Record<RegistrationEvent, RegistrationCell>>>>> = {
  idle: {
    start: cell('registering', 'send'),
  },
  registering: {
    '2xx': cell('registered', 'tell registered', 'start refresh'),
    challenge: cell('registering', 'send'),
    'too brief': cell('registering', 'send'),
    failure: cell('waiting', 'count failure', 'tell failed', 'start back-off'),
    stop: cell('stopping'),
  },
  registered: {
    timer: cell('registering', 'send'),
    // A phone that has come back to the network wants to be found at once.
    start: cell('registering', 'send'),
    stop: cell('unregistering', 'send removal'),
    'flow lost': cell('waiting', 'tell failed', 'start back-off'),
  },
  waiting: {
    timer: cell('registering', 'send'),
    start: cell('registering', 'send'),
    stop: cell('idle', 'tell unregistered'),
  },
  stopping: {
    '2xx': cell('unregistering', 'send removal'),
    challenge: cell('unregistering', 'send removal'),
    'too brief': cell('unregistering', 'send removal'),
    failure: cell('idle', 'tell unregistered'),
    start: cell('registering'),
  },
  unregistering: {
    '2xx': cell('idle', 'tell unregistered'),
    challenge: cell('unregistering', 'send removal'),
    failure: cell('idle', 'tell unregistered'),
  },
}
