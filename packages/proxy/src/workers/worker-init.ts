/** What the main thread of a proxy gives each of its workers: all that must be the same for all of them. RFC 3261 §16. */
import type { MessagePort } from 'node:worker_threads'
import type { SharedListeners } from '@strowger/sip-transport'

export interface WorkerInit {
  /** How many there are. */
  readonly workers: number
  /** To the coordinator. */
  readonly port: MessagePort
  readonly listen: SharedListeners['listen']
  readonly left: SharedListeners['left']
  /** Names the process in flow tokens: a connection of any worker is known to all. */
  readonly boot: string
  /** Of the To tags of stateless answers. */
  readonly tagKey: Uint8Array
  /** Signs nonces. */
  readonly nonceKey: Uint8Array
}
