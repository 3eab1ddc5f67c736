/**
 * The platform's data: who exists, where their phones are, and what became of their calls. The configuration is answered from
 * memory and kept fresh by a change feed; bindings are written behind; records are folded in transactions. SQLite runs in a thread
 * of its own, so no caller ever waits for a disk on the call path.
 *
 * ```ts
 * import { openStore } from '@strowger/store'
 *
 * const store = await openStore({ data: 'var', store: { kind: 'sqlite', file: 'strowger.db' } })
 * await store.seedDemo({ carrier: { address: '127.0.0.1', port: 5090 } })
 * const { current } = await store.configuration()
 * const terminal = current.terminalOf('alice', 'demo.localhost')
 * console.log(terminal?.ha1Sha256, current.extension(terminal!.clientId, '102'))
 * await store.close()
 * ```
 * @packageDocumentation
 */
export type { CdrFilter, CdrTable, Ledger, LedgerState, LedgerStep, TableWriter } from './backend.ts'
export { type Binding, bindingKey } from './binding.ts'
export type { Configuration } from './configuration.ts'
export type { DemoOptions, DemoTenant, DemoUser } from './demo-tenant.ts'
export type { Directory } from './directory.ts'
export { openStore, type StoreConfig, type StoreOptions } from './open-store.ts'
export { digestHashes, generatePassword } from './password.ts'
export type { DdiTarget, ExtensionTarget, NewUser } from './provisioning.ts'
export type {
  Brand,
  Carrier,
  CarrierServer,
  Client,
  Ddi,
  DdiProvider,
  DdiProviderAddress,
  Extension,
  OutgoingRouting,
  RoutingPattern,
  Service,
  TableName,
  Tables,
  Terminal,
  TransformationRuleSet,
  User,
} from './rows.ts'
export type { Store, StoreTiming } from './store.ts'
export { StoreError, type StoreErrorCode } from './store-error.ts'
export type { Bindings } from './write-behind.ts'
