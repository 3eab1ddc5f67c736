/** What a proxy shows of its set of relays; nothing where it has one only. */
import { NgRelaySet, type NgUdpClient } from '@strowger/media-control/udp'
import type { Metrics } from '@strowger/runtime'

export function relayMetrics(metrics: Metrics, relay: NgUdpClient | NgRelaySet): void {
  if (!(relay instanceof NgRelaySet)) return
  metrics.gaugeOf('strowger_media_relay_up', 'Whether a relay of the set answers', ['relay'], gauge => {
    for (const [name, { up }] of Object.entries(relay.counts().relays)) gauge.labels(name).set(up ? 1 : 0)
  })
  metrics.gaugeOf('strowger_media_relay_sessions', 'Media sessions of this proxy on a relay of the set', ['relay'], gauge => {
    for (const [name, { sessions }] of Object.entries(relay.counts().relays)) gauge.labels(name).set(sessions)
  })
  metrics.gauge('strowger_media_sessions_stranded', 'Media sessions whose relay is gone, and that no other one has yet', () => {
    let count = 0
    for (const _ of relay.stranded()) count++
    return count
  })
  metrics.countersOf(
    'strowger_media_sessions_moved_total',
    'Media sessions that went to another relay than the first: when they began, or later',
    ['when'],
    () => {
      const { failedOver, moved } = relay.counts()
      return [
        { labels: { when: 'begin' }, count: failedOver },
        { labels: { when: 'later' }, count: moved },
      ]
    },
  )
}
