/** Opens the way to the relay that the configuration names, or to the set of relays. */
import { NgRelaySet, NgUdpClient } from '@strowger/media-control/udp'
import type { Config, RoleContext } from '@strowger/runtime'

export async function openRelay({ engine, relays }: Config['media'], log: RoleContext['log']): Promise<NgUdpClient | NgRelaySet> {
  if (relays.length === 0) return NgUdpClient.open(engine)
  return NgRelaySet.open({
    relays,
    changed: output => {
      if (output.kind === 'up') log.info({ relay: output.relay }, 'relay answers again')
      else
        log.error(
          { relay: output.relay, sessions: output.sessions.length },
          'relay does not answer: its sessions go on elsewhere at their next offer',
        )
    },
  })
}
