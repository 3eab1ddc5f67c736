/** What a proxy shows on /metrics; all gauges read zero when nothing goes on. */
import { type CertificateExpiry, type Metrics, wall } from '@strowger/runtime'
import { HISTOGRAM_BOUNDS, type LoadMeter, type MethodLatency, type SipEndpoint } from '@strowger/sip-transport'
import type { CarrierWays } from './carrier-ways.ts'
import type { StatefulProxy } from './core/proxy.ts'
import type { MediaLink } from './media/media-link.ts'

export function proxyMetrics(
  metrics: Metrics,
  endpoint: SipEndpoint,
  proxy: StatefulProxy,
  load: LoadMeter,
  media: MediaLink,
  ways: CarrierWays,
  expiry: CertificateExpiry,
): void {
  metrics.gauge(
    'strowger_tls_certificate_expires_seconds',
    'Until the first of the certificates that are shown expires; negative when it has',
    () => expiry.secondsLeft(wall()),
    'min',
  )
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
  metrics.countersOf(
    'strowger_dns_events_total',
    'Questions to name servers, those that were not answered, answers from memory',
    ['event'],
    () => Object.entries(ways.resolver.stats()).map(([event, count]) => ({ labels: { event }, count })),
  )
  latencyMetrics(metrics, endpoint)
  loadMetrics(metrics, load)
  metrics.gauge('strowger_proxy_dialogs', 'Dialogs that go through here', () => proxy.calls.count)
  metrics.countersOf(
    'strowger_sip_handed_over_total',
    'Messages that arrived at a worker and are of another, those that left by the connection of another, and those nobody took',
    ['what'],
    () => {
      const { handedOver, sentByOthers, dropped } = endpoint.crossings()
      return [
        { labels: { what: 'arrived' }, count: handedOver },
        { labels: { what: 'left' }, count: sentByOthers },
        { labels: { what: 'lost' }, count: dropped },
      ]
    },
  )
  metrics.gauge('strowger_proxied_requests', 'Requests with a response context', () => proxy.counts().proxied)
  metrics.gauge(
    'strowger_proxy_hosts_in_trouble',
    'Carrier hosts that did not answer or asked for a pause when last tried',
    () => proxy.hostsInTrouble,
  )
  metrics.gauge('strowger_proxy_waits', 'Steps that wait for an answer', () => proxy.counts().waits)
  metrics.gauge('strowger_proxy_messages_held', 'Messages queued behind a relay command', () => proxy.counts().held)
  metrics.countersOf('strowger_proxy_dropped_total', 'What a full queue had no room for', ['queue'], () =>
    Object.entries(proxy.dropped()).map(([queue, count]) => ({ labels: { queue }, count })),
  )
  metrics.gauge('strowger_media_commands_outstanding', 'Relay commands without a reply yet', () => media.outstanding)
}

/** How soon we answer, and how soon those do whom we ask. */
function latencyMetrics(metrics: Metrics, endpoint: SipEndpoint): void {
  const byMethod = (name: string, help: string, read: () => readonly MethodLatency[]): void =>
    metrics.histogramsOf(name, help, ['method'], HISTOGRAM_BOUNDS, () =>
      read().map(({ method, histogram: { counts, sum } }) => ({ labels: { method }, counts, sum })),
    )
  byMethod('strowger_sip_provisional_seconds', 'From a request to our first 1xx but 100', () => endpoint.latencies().provisional)
  byMethod('strowger_sip_final_seconds', 'From a request to our final answer', () => endpoint.latencies().final)
  byMethod('strowger_sip_hop_seconds', "From a request of ours to the next hop's first answer", () => endpoint.latencies().hop)
}

/** How much there is to do, and what is not done for it. */
function loadMetrics(metrics: Metrics, { loopLag, control }: LoadMeter): void {
  metrics.histogramsOf('strowger_loop_lag_seconds', 'How late a timer of this process was', [], HISTOGRAM_BOUNDS, () => [
    { labels: {}, counts: loopLag.counts, sum: loopLag.sum },
  ])
  metrics.gauge('strowger_overload_admitted_ratio', 'Part of the new work that is taken', () => control.admitted, 'min')
  metrics.countersOf('strowger_overload_refused_total', 'Requests refused by 503 for overload', ['reason'], () =>
    Object.entries(control.refused).map(([reason, count]) => ({ labels: { reason }, count })),
  )
}
