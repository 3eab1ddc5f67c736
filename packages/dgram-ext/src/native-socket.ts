/** The socket over the addon: datagrams pass through slabs shared with C++, one crossing per batch. */
import { formatIpv4, formatIpv6, parseAddress } from './addresses.ts'
import { CONTROL, type NativeAddon, type NativeHandle, RECORD, type Records, records, TOTAL } from './layout.ts'
import { type PackedAddress, type Peer, PeerCache, pack, packedAddressOf } from './peers.ts'
import { SharedBatch } from './shared-batch.ts'
import type { Receive, UdpOptions, UdpSocket, UdpStats } from './socket.ts'
import { errnoName, UdpError } from './udp-error.ts'

export class NativeSocket implements UdpSocket {
  readonly implementation = 'native'
  readonly local: Peer
  readonly #handle: NativeHandle
  readonly #control = new Uint32Array(CONTROL.words)
  readonly #peers = new PeerCache()
  readonly #totals = new Float64Array(this.#control.buffer)
  readonly #addresses = new Map<string, PackedAddress>()
  readonly #errors: Records = records(ERRORS)
  readonly #batch: SharedBatch
  readonly #tx: Uint8Array
  readonly #txRecords: Records
  readonly #queueLength: number
  readonly #receive: Receive
  readonly #errorListeners: ((peer: Peer, code: string) => void)[] = []
  readonly #drainListeners: (() => void)[] = []
  #txUsed = 0
  #refused = 0
  #flushScheduled = false
  #receiving = false
  #closed = false

  constructor(addon: NativeAddon, options: UdpOptions, receive: Receive) {
    this.#receive = receive
    this.#queueLength = options.queueLength ?? 1024
    this.#tx = new Uint8Array(Math.max(this.#queueLength * 1024, 2 * MAX_DATAGRAM))
    this.#txRecords = records(this.#queueLength)
    this.#batch = new SharedBatch(options.batch ?? 64, options.maxBytes ?? 65_535, this.#peers)
    this.#handle = this.#open(addon, options)
    const { address, port, scope } = this.#handle.local()
    this.local = { address: address.length === 4 ? formatIpv4(address, 0) : formatIpv6(address, 0, scope), port }
    this.#batch.bound = this.local
  }

  send(bytes: Uint8Array, peer: Peer, from?: Peer): boolean {
    if (this.#closed || bytes.length > MAX_DATAGRAM || !this.#makeRoom(bytes.length)) return this.#refuse()
    const { family, scope, words: address } = packedAddressOf(peer) ?? this.#packedAddress(peer.address)
    const index = this.#control[CONTROL.count]!
    const at = index * RECORD.words
    const { words } = this.#txRecords
    words[at + RECORD.length] = bytes.length
    words[at + RECORD.family] = family
    words[at + RECORD.port] = peer.port
    words[at + RECORD.scope] = scope
    words[at + RECORD.offset] = this.#txUsed
    writeAddress(words, at + RECORD.address, address)
    this.#writeSource(at, from)
    this.#tx.set(bytes, this.#txUsed)
    this.#txUsed += bytes.length
    this.#control[CONTROL.count] = index + 1
    this.#scheduleFlush()
    return true
  }

  flush(): void {
    if (this.#closed || this.#control[CONTROL.count] === 0) return
    const failed = this.#handle.flush()
    if (failed > 0) {
      const errors = this.#readErrors(failed)
      queueMicrotask(() => this.#report(errors))
    }
  }

  onError(listener: (peer: Peer, code: string) => void): void {
    this.#errorListeners.push(listener)
  }

  onDrain(listener: () => void): void {
    this.#drainListeners.push(listener)
  }

  stats(): UdpStats {
    const total = (name: keyof typeof TOTAL): number => this.#totals[TOTAL[name]]!
    return {
      received: total('received'),
      truncated: total('truncated'),
      dropped: this.#control[CONTROL.dropped]!,
      sent: total('sent'),
      refused: this.#refused,
      failed: total('failed'),
      wakeUps: total('wakeUps'),
      pauses: total('pauses'),
    }
  }

  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    this.#handle.close()
  }

  #open(addon: NativeAddon, options: UdpOptions): NativeHandle {
    const port = options.port ?? 0
    try {
      return new addon.Socket(
        {
          address: options.address,
          port,
          reusePort: options.reusePort ?? false,
          receiveBufferBytes: options.receiveBufferBytes ?? 4 << 20,
          timestamps: options.timestamps ?? false,
          shareWakeUpsUs: options.shareWakeUpsUs ?? 0,
          slotBytes: this.#batch.slotBytes,
          maxBytes: this.#batch.maxBytes,
          rx: this.#batch.slab,
          rxRecords: this.#batch.records.words,
          tx: this.#tx,
          txRecords: this.#txRecords.words,
          errorRecords: this.#errors.words,
          control: this.#control,
        },
        (datagrams, errors) => this.#onReady(datagrams, errors),
      )
    } catch (cause) {
      const { errno, syscall } = cause as { errno?: number; syscall?: string }
      if (errno === undefined) throw cause
      throw new UdpError(errnoName(errno), syscall ?? 'bind', options.address, port, { cause })
    }
  }

  /** Called by the addon, which sends the queue as soon as this returns or throws. */
  #onReady(datagrams: number, errors: number): void {
    this.#receiving = true
    try {
      if (errors > 0) this.#report(this.#readErrors(errors))
      if (datagrams > 0 && !this.#closed) {
        this.#batch.length = datagrams
        this.#receive(this.#batch, this)
      }
      this.#tellDrained()
    } finally {
      this.#receiving = false
      this.#batch.length = 0
    }
  }

  #readErrors(count: number): { peer: Peer; code: string }[] {
    const { words, bytes } = this.#errors
    return Array.from({ length: count }, (_, i) => {
      const at = i * RECORD.words
      const peer = this.#peers.peer(
        words,
        bytes,
        at + RECORD.address,
        words[at + RECORD.family]!,
        words[at + RECORD.port]!,
        words[at + RECORD.scope]!,
      )
      return { peer, code: errnoName(words[at + RECORD.length]!) }
    })
  }

  #report(errors: readonly { peer: Peer; code: string }[]): void {
    for (const { peer, code } of errors) for (const listener of this.#errorListeners) listener(peer, code)
  }

  /** Room for one more datagram: by sending, and by moving what the kernel would not take to the front. */
  #makeRoom(bytes: number): boolean {
    if (this.#control[CONTROL.count] === 0) this.#txUsed = 0
    if (this.#hasRoom(bytes)) return true
    this.flush()
    if (this.#control[CONTROL.count] === 0) this.#txUsed = 0
    else if (!this.#hasRoom(bytes)) this.#compact()
    if (this.#hasRoom(bytes)) return true
    this.#control[CONTROL.waiting] = 1
    return false
  }

  #hasRoom(bytes: number): boolean {
    return this.#control[CONTROL.count]! < this.#queueLength && this.#txUsed + bytes <= this.#tx.length
  }

  #compact(): void {
    const head = this.#control[CONTROL.head]!
    const count = this.#control[CONTROL.count]! - head
    if (head === 0) return
    const { words } = this.#txRecords
    words.copyWithin(0, head * RECORD.words, (head + count) * RECORD.words)
    const start = words[RECORD.offset]!
    this.#tx.copyWithin(0, start, this.#txUsed)
    this.#txUsed -= start
    for (let i = 0; i < count; i++) words[i * RECORD.words + RECORD.offset]! -= start
    this.#control[CONTROL.head] = 0
    this.#control[CONTROL.count] = count
  }

  #refuse(): false {
    this.#refused++
    return false
  }

  /** Some `send` was refused, and all that was queued has left. */
  #tellDrained(): void {
    if (this.#control[CONTROL.waiting] === 0 || this.#control[CONTROL.count] !== 0 || this.#closed) return
    this.#control[CONTROL.waiting] = 0
    for (const listener of this.#drainListeners) listener()
  }

  #writeSource(at: number, from: Peer | undefined): void {
    const { words } = this.#txRecords
    words[at + RECORD.localFamily] = 0
    if (from === undefined || from.address === this.local.address) return
    const source = packedAddressOf(from) ?? this.#packedAddress(from.address)
    if (source.words.every(word => word === 0)) return
    words[at + RECORD.localFamily] = source.family
    writeAddress(words, at + RECORD.local, source.words)
  }

  /** @throws {TypeError} when `text` is no numeric address: the caller resolves names. */
  #packedAddress(text: string): PackedAddress {
    const known = this.#addresses.get(text)
    if (known !== undefined) return known
    const raw = parseAddress(text)
    if (raw === undefined) throw new TypeError(`"${text}" is not a numeric IPv4 or IPv6 address`)
    if (this.#addresses.size >= MAX_ADDRESSES) this.#addresses.clear()
    const address = pack(raw)
    this.#addresses.set(text, address)
    return address
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#receiving) return
    this.#flushScheduled = true
    setImmediate(() => {
      this.#flushScheduled = false
      this.flush()
    })
  }
}

function writeAddress(words: Uint32Array, at: number, address: PackedAddress['words']): void {
  words[at] = address[0]
  words[at + 1] = address[1]
  words[at + 2] = address[2]
  words[at + 3] = address[3]
}

const MAX_DATAGRAM = 65_507
const ERRORS = 64
const MAX_ADDRESSES = 8192
