/** `strowger reload`: the proxies read their ports, number of workers and certificates again, while calls go on. RFC 3261 §18.2. */
import { adminPath, askAdmin, loadConfig, rolesOf } from '@strowger/runtime'

export async function reload({ config: file }: { readonly config?: string }): Promise<void> {
  const config = loadConfig(file)
  for (const role of rolesOf(config)) {
    if (role !== 'users-proxy' && role !== 'trunks-proxy' && role !== 'carrier') continue
    try {
      console.log(`${role}: ${await askAdmin(adminPath(config.data, role), '/reload', PATIENCE_MS, '')}`)
    } catch (error) {
      console.error(`${role}: nothing has changed: ${(error as Error).message}`)
      process.exitCode = 1
    }
  }
}

const PATIENCE_MS = 60_000
