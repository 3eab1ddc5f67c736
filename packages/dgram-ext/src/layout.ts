/** The memory shared with the addon: one record per datagram, one control block per socket. Mirrors native/udp/record.h. */

/** 32-bit words of a record; addresses are the four words from the index on, as bytes in wire order. */
export const RECORD = {
  length: 0,
  family: 1,
  port: 2,
  scope: 3,
  address: 4,
  local: 8,
  localFamily: 12,
  offset: 13,
  seconds: 14,
  nanoseconds: 15,
  words: 16,
} as const

/** 32-bit words of the control block. The send queue is `[head, count)`; both are 0 when it is empty. Totals follow. */
export const CONTROL = { head: 0, count: 1, dropped: 2, waiting: 3, words: 16 } as const

/** Totals, as 64-bit floats of the control block. */
export const TOTAL = { received: 2, truncated: 3, sent: 4, failed: 5, wakeUps: 6, pauses: 7 } as const

/** A table of records, seen as words and as bytes. */
export interface Records {
  readonly words: Uint32Array
  readonly bytes: Uint8Array
}

export function records(count: number): Records {
  const words = new Uint32Array(count * RECORD.words)
  return { words, bytes: new Uint8Array(words.buffer) }
}

/** What `native/udp/addon.cpp` exports. */
export interface NativeAddon {
  readonly Socket: new (options: NativeOptions, callback: (datagrams: number, errors: number) => void) => NativeHandle
  /** Another descriptor of the same socket, or the errno below zero. */
  readonly duplicate: (descriptor: number) => number
}

export interface NativeOptions {
  readonly address: string
  readonly port: number
  readonly reusePort: boolean
  readonly receiveBufferBytes: number
  readonly timestamps: boolean
  readonly shareWakeUpsUs: number
  /** From one slot to the next. */
  readonly slotBytes: number
  /** Of a slot, for a datagram. */
  readonly maxBytes: number
  readonly rx: Uint8Array
  readonly rxRecords: Uint32Array
  readonly tx: Uint8Array
  readonly txRecords: Uint32Array
  readonly errorRecords: Uint32Array
  readonly control: Uint32Array
}

export interface NativeHandle {
  /** Sends the queue. Returns how many datagrams failed at once: that many entries are in the error table. */
  flush(): number
  close(): void
  local(): { readonly address: Uint8Array; readonly port: number; readonly scope: number }
}
