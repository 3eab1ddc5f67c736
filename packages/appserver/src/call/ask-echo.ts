/** Asks our relay for the session of an echo, or to take another description for it (design §8.7). */
import type { Call } from './call.ts'
import type { Ask, State } from './state.ts'

export function askEcho(state: State, call: Call, is: Ask['is'], sdp: string): void {
  call.echo ??= { session: `${call.id}.echo`, fromTag: call.a.dialog?.remoteTag ?? '', asks: 0 }
  call.echo.asks++
  const { session, fromTag } = call.echo
  const id = state.nextAsk++
  state.asks.set(id, { call: call.id, session, fromTag, is })
  state.outputs.push({ kind: 'echo', id, session, fromTag, sdp })
}
