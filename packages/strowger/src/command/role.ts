/** `strowger role NAME`: what the supervisor forks. */
import { ROLES, type Role, run } from '@strowger/runtime'
import { startOfRole } from '../start-of-role.ts'

export async function role(name: string, options: { config?: string }): Promise<void> {
  if (!ROLES.includes(name as Role)) throw new Error(`there is no role ${name}; roles are ${ROLES.join(', ')}`)
  await run(name, startOfRole(name as Role), options.config === undefined ? {} : { configFile: options.config })
}
