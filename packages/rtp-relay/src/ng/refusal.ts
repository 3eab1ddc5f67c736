/** A command that cannot be done, with the sentence the controller reads as `error-reason`. */
import { MediaError } from '@strowger/media-control'
import { RelayError } from '../relay-error.ts'

export function refuse(reason: string): MediaError {
  return new MediaError('refused', reason)
}

/** Runs `work`; a relay without free ports becomes a refusal. */
export function refusing<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RelayError) throw refuse(error.code === 'ports-exhausted' ? `Ran out of ports: ${error.message}` : error.message)
    throw error
  }
}
