/** Performs what the core wants of the relay, over NG, and turns a session's end into a fact of the call. */

import { bytesOf, MediaError, type MediaStats, mediaStatsOf, type NgCommand, type NgReply, whyUnavailable } from '@strowger/media-control'
import type { RoleContext } from '@strowger/runtime'
import type { ProxyOutput } from '../core/proxied.ts'
import { mediaSession } from '../core/route-token.ts'
import type { Answers, MediaCommand } from '../core/step.ts'

/** Whoever speaks NG to the relay: `NgUdpClient`, or a double in tests. */
export interface Relay {
  request(command: NgCommand): Promise<NgReply>
}

export class MediaLink {
  readonly #relay: Relay
  readonly #context: RoleContext
  /** Commands outstanding, for a gauge. */
  outstanding = 0

  constructor(relay: Relay, context: RoleContext) {
    this.#relay = relay
    this.#context = context
  }

  /** Never rejects: what went wrong is the answer. */
  async ask(command: MediaCommand, call: string | undefined): Promise<Answers['media']> {
    this.outstanding++
    try {
      const reply = await this.#relay.request(ngCommand(command))
      return sdpOf(reply)
    } catch (error) {
      const code = error instanceof MediaError ? error.code : 'timeout'
      this.#context.log.warn({ call, session: command.session, code, reason: (error as Error).message }, `relay refused ${command.kind}`)
      return { unavailable: whyUnavailable(error) }
    } finally {
      this.outstanding--
    }
  }

  /** Closes a session. A relay that has forgotten it already is no news. */
  async release(output: ProxyOutput & { kind: 'release' }): Promise<void> {
    const { call, leg, fromTag, outsideTag, count } = output
    this.outstanding++
    try {
      const reply = await this.#relay.request({
        command: 'delete',
        'call-id': mediaSession(call, leg),
        'from-tag': fromTag,
        'delete-delay': 0,
      })
      if (count) this.#recordMedia(call, leg, outsideTag, reply)
    } catch (error) {
      this.#context.log.debug({ call, leg, reason: (error as Error).message }, 'nothing to release at the relay')
    } finally {
      this.outstanding--
    }
  }

  #recordMedia(call: string, leg: string, outsideTag: string | undefined, reply: NgReply): void {
    const stats = mediaStatsOf(reply).filter(s => outsideTag === undefined || s.tag === outsideTag)
    // A relay that died has forgotten the session: what it had counted is unknown, which is not nothing.
    if (stats.length === 0)
      return this.#context.log.warn({ call, leg }, 'the relay does not know this media session; its packets stay unknown')
    const sum = (pick: (s: (typeof stats)[number]) => number): number => stats.reduce((all, s) => all + pick(s), 0)
    const lastPacket = Math.max(0, ...stats.map(s => Math.round(s.lastPacket * 1000)))
    // An engine that does not count loss leaves it unknown, which is not none.
    const lost = stats.every(s => s.lost !== undefined) ? { lost: sum(s => s.lost ?? 0) } : {}
    const counted = { packets: sum(s => s.packets), bytes: sum(s => s.bytes), ...lost, ...qualityOf(stats), lastPacket }
    this.#context.log.info({ call, leg, ...counted }, 'media ended')
    this.#context.facts.append({ call, leg, kind: 'media', session: mediaSession(call, leg), ...counted })
  }
}

/** The worst of the parties. */
function qualityOf(stats: readonly MediaStats[]): { jitterMs?: number; roundTripMs?: number; mos?: number } {
  const known = (pick: (one: MediaStats) => number | undefined): number[] => stats.map(pick).filter(value => value !== undefined)
  const [jitter, roundTrip, mos] = [known(s => s.jitter), known(s => s.roundTrip), known(s => s.mos)]
  return {
    ...(jitter.length > 0 && { jitterMs: Math.max(...jitter) }),
    ...(roundTrip.length > 0 && { roundTripMs: Math.max(...roundTrip) }),
    ...(mos.length > 0 && { mos: Math.min(...mos) }),
  }
}

/** As rtpengine's own modules send it, so that either relay understands. */
export function ngCommand(command: MediaCommand): NgCommand {
  const received =
    command.receivedFrom !== undefined
      ? { 'received-from': [command.receivedFrom.includes(':') ? 'IP6' : 'IP4', command.receivedFrom] }
      : {}
  return {
    command: command.kind,
    'call-id': command.session,
    'from-tag': command.fromTag,
    ...(command.toTag !== undefined ? { 'to-tag': command.toTag } : {}),
    sdp: command.sdp,
    replace: ['origin', 'session-connection'],
    ICE: 'remove',
    flags: [command.nat ? 'SIP-source-address' : 'trust-address'],
    ...received,
  } as NgCommand
}

function sdpOf(reply: NgReply): Uint8Array {
  return reply.sdp === undefined ? new Uint8Array(0) : bytesOf(reply.sdp)
}
