/** `strowger worker`: who the threads of a proxy are, and another in the place of one, while calls go on. RFC 3261 §16. */
import { adminPath, askAdmin, loadConfig } from '@strowger/runtime'

interface Listed {
  readonly worker: number
  readonly place: number
  readonly state: string
  readonly shards: number
}

export async function workerList(role: string, { config, json }: { readonly config?: string; readonly json?: boolean }): Promise<void> {
  show(await ask(role, '/workers', config), json)
}

export async function workerReplace(
  role: string,
  worker: string,
  { config, now }: { readonly config?: string; readonly now?: boolean },
): Promise<void> {
  if (!/^\d+$/.test(worker)) throw new Error(`"${worker}" is no number of a worker: strowger worker list ${role}`)
  show(await ask(role, `/workers/replace?worker=${worker}${now ? '&now' : ''}`, config, ''))
}

async function ask(role: string, page: string, file: string | undefined, body?: string): Promise<readonly Listed[]> {
  if (role !== 'users-proxy' && role !== 'trunks-proxy') throw new Error(`${role} has no workers; users-proxy and trunks-proxy have`)
  const answer = await askAdmin(adminPath(loadConfig(file).data, role), page, PATIENCE_MS, body)
  if (!answer.startsWith('[')) throw new Error(`${role} has one worker, which is no thread of its own`)
  return JSON.parse(answer) as readonly Listed[]
}

function show(workers: readonly Listed[], json = false): void {
  if (json) console.log(JSON.stringify(workers))
  else for (const { worker, place, state, shards } of workers) console.log(`${worker}  place ${place}  ${state}  ${shards} of 256 shards`)
}

const PATIENCE_MS = 60_000
