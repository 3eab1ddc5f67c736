/** What the elements of a test's network share. */
import { type Keys, newKey } from '@strowger/runtime'

const key = newKey()

/** UTC ms at which virtual time begins. */
export const WALL: number = Date.UTC(2026, 0, 1)
export const KEYS: Keys = { signing: key, accepted: [key] }
export const APPSERVER: { readonly address: string; readonly port: number } = { address: '192.0.2.10', port: 6060 }
