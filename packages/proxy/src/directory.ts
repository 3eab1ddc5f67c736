/** What the proxies ask of the platform's data: memory only, kept fresh by the store's change feed. Nothing here waits. */
import type { Credentials, Identity, Target } from './core/step.ts'

export interface Directory {
  /** Digest hashes of a terminal; `unknown` for any reason. */
  credentials(username: string, domain: string): Credentials | 'unknown'
  /** A tenant's domain as it is written in the data. An address of ours stands for the only domain there is; any other host is itself. */
  domainOf(host: string, ownAddresses: readonly string[]): string
  /** The DDI provider that sends from this address. */
  providerAt(address: string, port: number): Identity | undefined
  /** Carriers of a brand for an E.164 number, best first. */
  carriersFor(brand: number, client: number, number: string): readonly Target[] | 'blocked'
}
