/** The platform's state from those of its roles: ready only when every expected role is. */
import type { RoleHealth } from '@strowger/runtime'

export interface PlatformHealth {
  /** `degraded`: a role does not answer the portal, or not another role. */
  readonly state: 'ready' | 'starting' | 'draining' | 'degraded'
  readonly roles: Readonly<Record<string, RoleStatus>>
}

export interface RoleStatus {
  readonly state: RoleHealth['state'] | 'down'
  readonly pid?: number
  readonly since?: number
  readonly detail?: object
}

/** @param answers of each expected role; undefined where it does not answer. */
export function platformHealth(answers: ReadonlyMap<string, RoleHealth | undefined>): PlatformHealth {
  const roles = Object.fromEntries([...answers].map(([role, health]) => [role, roleStatus(health)]))
  const states = Object.values(roles).map(role => role.state)
  const state = overall(states)
  return { state: state === 'ready' && Object.values(roles).some(missesAnother) ? 'degraded' : state, roles }
}

/** A role's detail names each role it depends on and gets no answer from as `dead`. */
function missesAnother({ detail }: RoleStatus): boolean {
  return Object.values(detail ?? {}).includes('dead')
}

function roleStatus(health: RoleHealth | undefined): RoleStatus {
  if (health === undefined) return { state: 'down' }
  const { state, pid, since, detail } = health
  return { state, pid, since, detail }
}

function overall(states: readonly RoleStatus['state'][]): PlatformHealth['state'] {
  if (states.includes('draining')) return 'draining'
  if (states.includes('down')) return 'degraded'
  return states.includes('starting') ? 'starting' : 'ready'
}
