/** What a proxy shows on /metrics; all gauges read zero when nothing goes on. */
import type { Metrics } from '@strowger/runtime'
import type { SipEndpoint } from '@strowger/sip-transport'
import type { StatefulProxy } from './core/proxy.ts'
import type { MediaLink } from './media/media-link.ts'

export function proxyMetrics(metrics: Metrics, endpoint: SipEndpoint, proxy: StatefulProxy, media: MediaLink): void {
  metrics.gauge('strowger_sip_transactions', 'SIP transactions alive', () => {
    const { client, server } = endpoint.counts().transactions
    return client + server
  })
  metrics.gauge('strowger_sip_timers', 'SIP timers running', () => endpoint.counts().timers)
  metrics.gauge('strowger_sip_flows', 'Connections open', () => endpoint.counts().flows)
  metrics.countersOf('strowger_sip_messages_total', 'SIP messages by method or status', ['direction', 'transport', 'kind'], () =>
    endpoint.traffic().map(({ direction, transport, kind, count }) => ({ labels: { direction, transport, kind }, count })),
  )
  metrics.countersOf(
    'strowger_sip_events_total',
    'What befell sockets and connections: keep-alives, noise, floods, slow or silent peers',
    ['event'],
    () => Object.entries(endpoint.events()).map(([event, count]) => ({ labels: { event }, count })),
  )
  metrics.gauge('strowger_proxied_requests', 'Requests with a response context', () => proxy.counts().proxied)
  metrics.gauge('strowger_proxy_waits', 'Steps that wait for an answer', () => proxy.counts().waits)
  metrics.gauge('strowger_proxy_messages_held', 'Messages queued behind a relay command', () => proxy.counts().held)
  metrics.gauge('strowger_media_commands_outstanding', 'Relay commands without a reply yet', () => media.outstanding)
}
