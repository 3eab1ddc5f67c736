/** One short visit to the store: what each data command does. */
import { type Config, loadConfig } from '@strowger/runtime'
import { openStore, type Store } from '@strowger/store'

/** @throws {ConfigError} or the store's error, whose message is for the operator. */
export async function withStore<T>(options: { config?: string }, work: (store: Store, config: Config) => Promise<T>): Promise<T> {
  const config = loadConfig(options.config)
  const store = await openStore(config)
  try {
    return await work(store, config)
  } finally {
    await store.close()
  }
}

/** `alice` is alice of the demo tenant. */
export function addressOf(name: string): { readonly username: string; readonly domain: string } {
  const at = name.lastIndexOf('@')
  if (at < 0) return { username: name, domain: DEMO_DOMAIN }
  return { username: name.slice(0, at), domain: name.slice(at + 1) }
}

export const DEMO_DOMAIN = 'demo.localhost'
