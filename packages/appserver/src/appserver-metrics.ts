/** What the application server shows on /metrics; every gauge reads zero when nothing goes on. */
import type { Metrics } from '@strowger/runtime'
import { HISTOGRAM_BOUNDS, type LoadMeter, type MethodLatency, type SipEndpoint } from '@strowger/sip-transport'
import type { Calls } from './calls.ts'

export interface AppserverMetrics {
  /** An attempt has ended; `status` is what the caller got. */
  ended(status: number): void
}

export function appserverMetrics(metrics: Metrics, endpoint: SipEndpoint, { loopLag, control }: LoadMeter, calls: Calls): AppserverMetrics {
  metrics.gauge('strowger_calls', 'Calls, from the INVITE to the last good-bye', () => calls.counts().calls)
  metrics.gauge('strowger_dialogs', 'SIP dialogs', () => calls.counts().dialogs)
  metrics.gauge('strowger_sip_transactions', 'SIP transactions alive', () => {
    const { client, server } = endpoint.counts().transactions
    return client + server
  })
  metrics.gauge('strowger_sip_timers', 'SIP timers running', () => endpoint.counts().timers)
  metrics.gauge('strowger_relay_questions', 'Questions to the relay without an answer', () => calls.counts().asks)
  const byMethod = (name: string, help: string, read: () => readonly MethodLatency[]): void =>
    metrics.histogramsOf(name, help, ['method'], HISTOGRAM_BOUNDS, () =>
      read().map(({ method, histogram: { counts, sum } }) => ({ labels: { method }, counts, sum })),
    )
  byMethod('strowger_sip_provisional_seconds', 'From a request to our first 1xx but 100', () => endpoint.latencies().provisional)
  byMethod('strowger_sip_final_seconds', 'From a request to our final answer', () => endpoint.latencies().final)
  byMethod('strowger_sip_hop_seconds', "From a request of ours to the next hop's first answer", () => endpoint.latencies().hop)
  metrics.histogramsOf('strowger_loop_lag_seconds', 'How late a timer of this process was', [], HISTOGRAM_BOUNDS, () => [
    { labels: {}, counts: loopLag.counts, sum: loopLag.sum },
  ])
  metrics.gauge('strowger_overload_admitted_ratio', 'Part of the new work that is taken', () => control.admitted)
  metrics.countersOf('strowger_overload_refused_total', 'Requests refused by 503 for overload', ['reason'], () =>
    Object.entries(control.refused).map(([reason, count]) => ({ labels: { reason }, count })),
  )
  const attempts = metrics.counter('strowger_call_attempts_total', 'Attempts that have ended, by final status', ['status'])
  return { ended: status => attempts.labels(String(status)).inc() }
}
