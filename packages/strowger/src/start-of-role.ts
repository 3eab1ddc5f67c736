/** Which function a role's process runs. Each package is loaded only in the process of its role. */
import type { Role, StartRole } from '@strowger/runtime'

const STARTS: Readonly<Record<Role, StartRole>> = {
  'users-proxy': async (config, context) => (await import('@strowger/proxy')).startUsersProxy(config, context),
  'trunks-proxy': async (config, context) => (await import('@strowger/proxy')).startTrunksProxy(config, context),
  appserver: async (config, context) => (await import('@strowger/appserver')).startAppserver(config, context),
  media: async (config, context) => (await import('@strowger/rtp-relay/daemon')).startMedia(config, context),
  portal: async (config, context) => (await import('@strowger/portal')).startPortal(config, context),
  jobs: async (config, context) => (await import('@strowger/jobs')).startJobs(config, context),
  carrier: async (config, context) => (await import('./carrier/start-carrier.ts')).startCarrier(config, context),
}

export function startOfRole(role: Role): StartRole {
  return STARTS[role]
}
