/** A registration as JSON, for another process to go on with. Times are what remains of them. RFC 3261 §10.2. */
import type { Answering } from './digest/answering.ts'
import type { RegistrationState } from './registration-table.ts'

/** What a registration remembers. Its options, the password among them, are not in it. */
export interface RegistrationMemory {
  /** The same for all its REGISTERs. RFC 3261 §10.2. */
  readonly callId: string
  /** From tag of all its REGISTERs. */
  readonly tag: string
  /** Where in `registrationTable` it is. */
  state: RegistrationState
  /** CSeq number of the last REGISTER. */
  sequence: number
  /** What to ask for: the option, or the Min-Expires of a 423. */
  expiresSeconds: number
  /** Granted last. */
  grantedSeconds: number
  /** In a row. */
  failures: number
  /** What proxies and registrar asked for, and the nonces in use. RFC 7616 §3.6. */
  answering: Answering
}

/** What `Registration.save` writes; JSON, without the password. RFC 3261 §10.2. */
export interface SavedRegistration extends Readonly<RegistrationMemory> {
  /** Until the refresh or the next try; absent when no timer runs. */
  readonly wakeInMs?: number
  /** For how long the registrar still holds the binding; absent when it holds none. */
  readonly validForMs?: number
}

export function saveRegistration(memory: RegistrationMemory, now: number, wakeAt: number, validUntil: number): SavedRegistration {
  return {
    ...memory,
    ...(Number.isFinite(wakeAt) && { wakeInMs: wakeAt - now }),
    ...(validUntil > now && { validForMs: validUntil - now }),
  }
}
