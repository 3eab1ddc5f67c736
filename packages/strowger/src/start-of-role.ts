/** Which function a role's process runs. Each package is loaded only in the process of its role. */
import type { Role, StartRole } from '@strowger/runtime'

const STARTS: Readonly<Record<Role, readonly [module: string, name: string]>> = {
  'users-proxy': ['@strowger/proxy', 'startUsersProxy'],
  'trunks-proxy': ['@strowger/proxy', 'startTrunksProxy'],
  appserver: ['@strowger/appserver', 'startAppserver'],
  media: ['@strowger/rtp-relay/daemon', 'startMedia'],
  portal: ['@strowger/portal', 'startPortal'],
  jobs: ['@strowger/jobs', 'startJobs'],
  carrier: ['./carrier/start-carrier.js', 'startCarrier'],
}

export function startOfRole(role: Role): StartRole {
  const [module, name] = STARTS[role]
  return async (config, context) => {
    const start = ((await import(module)) as Record<string, StartRole | undefined>)[name]
    if (start === undefined) throw new Error(`${module} has no ${name}`)
    return start(config, context)
  }
}
