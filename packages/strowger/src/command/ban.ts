/** `strowger ban list` and `strowger ban lift`: who is barred for too many wrong passwords, and who is let in again. RFC 7616 §5.7. */
import { adminPath, askAdmin, loadConfig } from '@strowger/runtime'

interface Ban {
  readonly user: string
  readonly source: string
  readonly until: number
}

export async function banList({ config: file, json = false }: { readonly config?: string; readonly json?: boolean }): Promise<void> {
  const bans = JSON.parse(await ask(file, '/bans')) as readonly Ban[]
  if (json) return console.log(JSON.stringify(bans, undefined, 2))
  if (bans.length === 0) return console.log('nobody is barred')
  for (const { user, source, until } of bans) console.log(`${user}  from ${source}  until ${new Date(until).toISOString()}`)
}

export async function banLift(user: string, source: string | undefined, { config: file }: { readonly config?: string }): Promise<void> {
  const { lifted } = JSON.parse(await ask(file, '/bans/lift', JSON.stringify({ user, source }))) as { readonly lifted: number }
  if (lifted > 0) return console.log(`${user} is let in again${source === undefined ? '' : ` from ${source}`}`)
  console.error(`${user}${source === undefined ? '' : ` from ${source}`} was not barred; \`strowger ban list\` shows who is`)
  process.exitCode = 1
}

async function ask(file: string | undefined, page: string, body?: string): Promise<string> {
  const { data } = loadConfig(file)
  try {
    return await askAdmin(adminPath(data, 'users-proxy'), page, PATIENCE_MS, body)
  } catch (error) {
    throw new Error(
      `the users' proxy does not answer (${(error as Error).message}): is the platform running on this machine with this configuration?`,
    )
  }
}

const PATIENCE_MS = 10_000
