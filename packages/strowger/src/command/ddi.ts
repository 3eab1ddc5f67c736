/** `strowger ddi set E164 --user NAME`: the public number rings that user's phones. */
import { addressOf, withStore } from './with-store.ts'

export async function ddiSet(e164: string, options: { config?: string; user: string }): Promise<void> {
  const { username, domain } = addressOf(options.user)
  await withStore(options, store => store.setDdi({ e164, domain, username }))
  console.log(`${e164} rings ${username}@${domain}`)
}
