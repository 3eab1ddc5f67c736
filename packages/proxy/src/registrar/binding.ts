/** One registered contact of an address of record, as the store keeps it. RFC 3261 §10, RFC 3327. */
export type { Binding } from '@strowger/store'
