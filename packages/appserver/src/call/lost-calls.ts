/** The calls that a proxy names in its probe because no relay has their media any more. */
import { LOST_MEDIA_HEADER } from '@strowger/runtime'
import type { Incoming } from '@strowger/sip-transaction'
import type { Call } from './call.ts'
import { type State, sideOf } from './state.ts'

/** Those that are alive here; none where nobody says so, or who may not. */
export function lostCalls(state: State, { request, from }: Incoming): readonly Call[] {
  if (request.method !== 'OPTIONS') return []
  const [value] = request.headers.raw(LOST_MEDIA_HEADER)
  if (value === undefined || sideOf(state, from) === undefined) return []
  return state.house.lostMedia(value).flatMap(id => state.calls.get(id) ?? [])
}
