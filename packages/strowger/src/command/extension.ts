/** `strowger extension set NUMBER --user NAME`: the number rings that user's phones. */
import { addressOf, withStore } from './with-store.ts'

export async function extensionSet(number: string, options: { config?: string; user: string }): Promise<void> {
  const { username, domain } = addressOf(options.user)
  await withStore(options, store => store.setExtension({ domain, number, username }))
  console.log(`${number} rings ${username}@${domain}`)
}
