/** What calls want of their daemon. */
import type { FactInput } from '@strowger/runtime'

export type CallOutput =
  | { readonly kind: 'fact'; readonly fact: FactInput }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly call: string; readonly text: string; readonly detail: object }
  /** Ask our relay for an echo session; the answer comes back under `id`. `sdp` has one character per byte. */
  | { readonly kind: 'echo'; readonly id: number; readonly session: string; readonly fromTag: string; readonly sdp: string }
  /** Close a session of ours on the relay. Nobody waits for it. */
  | { readonly kind: 'release'; readonly call: string; readonly session: string; readonly fromTag: string }

/** What the relay said: its SDP, or why there is none. */
export type EchoAnswer = { readonly sdp: Uint8Array } | { readonly unavailable: 'timeout' | 'refused' | 'exhausted' }
