/** `strowger user password NAME`: a new password, in force everywhere within two seconds. */
import { generatePassword } from '@strowger/store'
import { changeDemoPassword } from '../supervisor/demo-file.ts'
import { addressOf, withStore } from './with-store.ts'

export async function userPassword(name: string, options: { config?: string; password?: string }): Promise<void> {
  const { username, domain } = addressOf(name)
  const password = options.password ?? generatePassword()
  await withStore(options, async (store, config) => {
    await store.setPassword(username, domain, password)
    changeDemoPassword(config.data, username, domain, password)
  })
  console.log(`${username}@${domain} has a new password${options.password === undefined ? `: ${password}` : ''}`)
}
