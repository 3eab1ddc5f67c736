/** What the application server shows on /metrics; every gauge reads zero when nothing goes on. */
import type { Metrics } from '@strowger/runtime'
import type { SipEndpoint } from '@strowger/sip-transport'
import type { Calls } from './calls.ts'

export interface AppserverMetrics {
  /** An attempt has ended; `status` is what the caller got. */
  ended(status: number): void
}

export function appserverMetrics(metrics: Metrics, endpoint: SipEndpoint, calls: Calls): AppserverMetrics {
  metrics.gauge('strowger_calls', 'Calls, from the INVITE to the last good-bye', () => calls.counts().calls)
  metrics.gauge('strowger_dialogs', 'SIP dialogs', () => calls.counts().dialogs)
  metrics.gauge('strowger_sip_transactions', 'SIP transactions alive', () => {
    const { client, server } = endpoint.counts().transactions
    return client + server
  })
  metrics.gauge('strowger_sip_timers', 'SIP timers running', () => endpoint.counts().timers)
  metrics.gauge('strowger_relay_questions', 'Questions to the relay without an answer', () => calls.counts().asks)
  const attempts = metrics.counter('strowger_call_attempts_total', 'Attempts that have ended, by final status', ['status'])
  return { ended: status => attempts.labels(String(status)).inc() }
}
