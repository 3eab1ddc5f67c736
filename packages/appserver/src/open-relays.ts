/** Opens the ways to the relays: to each that may say who fell silent, and to those that play the services. */
import { NgRelaySet, NgUdpClient } from '@strowger/media-control/udp'
import type { Config, Endpoint, RoleContext } from '@strowger/runtime'
import { callOfSession } from './silence-watch.ts'

type Media = Config['media']

/** Ours, and those that the proxies may give calls to. */
export function openRelays({ ng, relays }: Media): Promise<readonly NgUdpClient[]> {
  return Promise.all([ng, ...others(ng, relays)].map(relay => NgUdpClient.open(relay)))
}

/** Of a set each that can, chosen as the proxies choose. Ours too, as a last resort. */
export function openServices({ ng, relays }: Media, log: RoleContext['log']): Promise<NgUdpClient | NgRelaySet> {
  if (relays.length === 0) return NgUdpClient.open(ng)
  const last = others(ng, relays).length < relays.length ? [] : [{ ...ng, weight: 0 }]
  return NgRelaySet.open({
    relays: [...relays, ...last],
    ...HEALTH,
    groupOf: callOfSession,
    changed: ({ kind, relay }) => {
      if (kind === 'down') log.error({ relay }, 'relay does not answer: services are played by the others')
    },
  })
}

function others(ng: Endpoint, relays: Media['relays']): Media['relays'] {
  return relays.filter(({ address, port }) => address !== ng.address || port !== ng.port)
}

/** As the proxies judge: one that was killed is back within four seconds. */
const HEALTH = { pingMs: 1000, lostUntilDown: 3 }
