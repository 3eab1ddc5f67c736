/** Nothing left behind: every gauge of something that ends with a call reads zero, on every role. */
import type { Platform, Sample } from './platform.ts'
import { until } from './until.ts'

const GAUGES: readonly string[] = [
  'strowger_calls',
  'strowger_dialogs',
  'strowger_relay_questions',
  'strowger_sip_transactions',
  'strowger_sip_timers',
  'strowger_proxied_requests',
  'strowger_proxy_waits',
  'strowger_proxy_messages_held',
  'strowger_media_commands_outstanding',
  'strowger_relay_calls',
  'strowger_relay_ports_in_use',
  'strowger_cdr_open_calls',
]

/** Transactions over UDP are remembered for 64*T1 (RFC 3261 §17, timers F, H and J): give them that and a moment. */
export async function expectIdle(platform: Platform, timeoutMs = 10_000): Promise<void> {
  let busy: readonly Sample[] = []
  let missing: readonly string[] = []
  await until(
    'silence',
    async () => {
      const samples = await platform.metrics()
      // A role that does not answer in time is left out of a scrape.
      missing = GAUGES.filter(name => !samples.some(sample => sample.name === name))
      busy = samples.filter(sample => GAUGES.includes(sample.name) && sample.value !== 0)
      return missing.length === 0 && busy.length === 0
    },
    timeoutMs,
  ).catch(error => {
    const left = busy.map(({ name, labels, value }) => `${name} of ${labels.role} is ${value}`)
    throw new Error(`${error.message}: ${[...left, ...missing.map(name => `/metrics does not have ${name}`)].join(', ')}`)
  })
}
