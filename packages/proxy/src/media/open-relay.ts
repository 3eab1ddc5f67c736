/** Opens the way to the relay that the configuration names, or to the set of relays. */
import { NgRelaySet, NgUdpClient } from '@strowger/media-control/udp'
import type { Config, RoleContext } from '@strowger/runtime'
import { callOfSession } from '../core/route-token.ts'

/** A relay of a set that is silent for some four seconds is down: one that was killed is back by then, with its sessions. */
const HEALTH = { pingMs: 1000, lostUntilDown: 3 }

export async function openRelay({ engine, relays }: Config['media'], log: RoleContext['log']): Promise<NgUdpClient | NgRelaySet> {
  if (relays.length === 0) return NgUdpClient.open(engine)
  return NgRelaySet.open({
    relays,
    ...HEALTH,
    groupOf: callOfSession,
    changed: output => {
      const { kind, relay } = output
      if (kind === 'up') log.info({ relay }, 'relay answers again')
      else if (kind === 'down')
        log.error({ relay, sessions: output.sessions.length }, 'relay does not answer: its calls are offered to the others')
    },
  })
}

/** Media sessions that no relay has any more; a single relay has nobody to take its place. */
export function strandedAt(relay: NgUdpClient | NgRelaySet): Iterable<string> {
  return relay instanceof NgRelaySet ? relay.stranded() : []
}
