/** Who calls whom, as far as the edge can tell; the application server knows better and says so in a later fact. */
import type { Tenant } from '@strowger/runtime'
import { From } from '@strowger/sip-parser'
import type { Context, Policy } from './core/step.ts'

export interface Caller {
  readonly tenant: Tenant
  readonly caller: string
  readonly callee: string
  readonly direction: 'internal' | 'inbound'
  readonly user?: number
}

export function callerOf(context: Context, role: Policy['role']): Caller {
  const { identity, request } = context
  const from = request.headers.get(From)
  return {
    tenant: { brand: identity?.brand ?? 0, client: identity?.client ?? 0 },
    caller: identity?.extension ?? identity?.aor ?? from?.uri.user ?? '',
    callee: request.uri.user ?? request.uri.host,
    direction: role === 'users-proxy' ? 'internal' : 'inbound',
    ...(identity?.user !== undefined ? { user: identity.user } : {}),
  }
}
