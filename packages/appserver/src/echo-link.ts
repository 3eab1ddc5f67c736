/** A relay of ours, asked for the sessions that give callers back what they say. */
import { bytesOf, whyUnavailable } from '@strowger/media-control'
import type { NgRelaySet, NgUdpClient } from '@strowger/media-control/udp'
import type { Logger } from '@strowger/runtime'
import type { CallOutput, EchoAnswer } from './call/output.ts'

export class EchoLink {
  readonly #relay: NgUdpClient | NgRelaySet
  readonly #log: Logger
  #releasing = 0

  constructor(relay: NgUdpClient | NgRelaySet, log: Logger) {
    this.#relay = relay
    this.#log = log
  }

  /** Sessions about to be closed. */
  get releasing(): number {
    return this.#releasing
  }

  /** Never rejects: what went wrong is the answer. */
  async ask({ session, fromTag, sdp }: CallOutput & { readonly kind: 'echo' }): Promise<EchoAnswer> {
    try {
      const reply = await this.#relay.request({ command: 'echo', 'call-id': session, 'from-tag': fromTag, sdp })
      return reply.sdp === undefined ? { unavailable: 'refused' } : { sdp: bytesOf(reply.sdp) }
    } catch (error) {
      this.#log.warn({ session, reason: (error as Error).message }, 'relay gave no echo')
      return { unavailable: whyUnavailable(error) }
    }
  }

  /** A relay that has forgotten the session already is no news. */
  async release({ call, session, fromTag }: CallOutput & { readonly kind: 'release' }): Promise<void> {
    this.#releasing++
    try {
      await this.#relay.request({ command: 'delete', 'call-id': session, 'from-tag': fromTag, 'delete-delay': 0 })
    } catch (error) {
      this.#log.debug({ call, session, reason: (error as Error).message }, 'nothing to release at the relay')
    } finally {
      this.#releasing--
    }
  }
}
