/** Who sends a request that begins something: what a proxy of ours has signed. */
import { CONTEXT_HEADER, type Context } from '@strowger/runtime'
import type { SipRequest } from '@strowger/sip-parser'
import { bindingOf } from '@strowger/sip-ua'
import type { Side } from './call.ts'
import type { State } from './state.ts'

/** Only a proxy of ours signs, and each only for the parties it faces. */
export function provenContext(state: State, request: SipRequest, side: Side): Context | undefined {
  const [header, ...more] = request.headers.raw(CONTEXT_HEADER)
  if (header === undefined || more.length > 0) return undefined
  const context = state.house.verify(header, bindingOf(request), state.wall)
  return context?.from === (side === 'users' ? 'phone' : 'carrier') ? context : undefined
}
