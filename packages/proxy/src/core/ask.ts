/** Asks the daemon for something; the wait is data until the answer comes (design §8.5). */
import { CallId } from '@strowger/sip-parser'
import type { Wait } from './proxied.ts'
import type { ProxyState } from './state.ts'
import type { Context, Effect } from './step.ts'

/** Hands an effect to the daemon; the wait is data until the answer comes. */
export function ask(state: ProxyState, wait: Wait, effect: Effect, context: Context): void {
  const id = state.nextWait++
  if (effect.ask === 'media') {
    state.waits.set(id, { wait, session: effect.command.session })
    state.queue.begin(context.request.headers.get(CallId) as string)
    state.sessions.begin(effect.command.session)
  } else state.waits.set(id, { wait })
  state.outputs.push({ kind: 'perform', id, effect, context })
}
