/** Our Via on top of a request, as bytes. RFC 3261 §8.1.1.7, §18.1.1; with `rport`, so that the answer comes back through a NAT (RFC 3581 §3). */
import { utf8Bytes, Via } from '@strowger/sip-parser'
import type { Address, Hop } from './hop.ts'

/** Makes the part of the Via that a hop's side of us has in common once, and cuts outgoing messages from a shared stretch of memory. */
export class TopVia {
  readonly #starts = new Map<string, string>()
  #transport: Hop['transport'] = 'UDP'
  #local: Address = { address: '', port: -1 }
  #start = ''
  #slab = new Uint8Array(SLAB_BYTES)
  #used = 0

  /** `branch`: with its cookie. `request` keeps as it is. Throws a TypeError for a branch that is no token. */
  write(request: Uint8Array, hop: Hop, branch: string, params: ReadonlyMap<string, string> | undefined): Uint8Array {
    if (!TOKEN.test(branch)) throw new TypeError(`a branch is a token, not ${JSON.stringify(branch)} (RFC 3261 §25.1)`)
    const line =
      params === undefined
        ? `${this.#startFor(hop)}${branch};rport\r\n`
        : `Via: ${Via.encode({ ...viaOf(hop), branch, rport: true, params })}\r\n`
    return this.#insert(request, request.indexOf(LF) + 1, line)
  }

  /** `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=` */
  #startFor({ transport, local }: Hop): string {
    if (transport === this.#transport && local.port === this.#local.port && local.address === this.#local.address) return this.#start
    const key = `${transport} ${local.port} ${local.address}`
    let start = this.#starts.get(key)
    if (start === undefined) {
      if (this.#starts.size >= MOST_STARTS) this.#starts.clear()
      start = `Via: ${Via.encode(viaOf({ transport, local }))};branch=`
      this.#starts.set(key, start)
    }
    this.#transport = transport
    this.#local = local
    this.#start = start
    return start
  }

  #insert(request: Uint8Array, at: number, line: string): Uint8Array {
    if (/[^\x20-\x7e\r\n]/.test(line)) return joined(request, at, utf8Bytes(line))
    const out = this.#allocate(request.length + line.length)
    for (let i = 0; i < at; i++) out[i] = request[i]!
    for (let i = 0; i < line.length; i++) out[at + i] = line.charCodeAt(i)
    out.set(at === 0 ? request : request.subarray(at), at + line.length)
    return out
  }

  /** Messages that leave at once: whoever keeps one for long copies it. */
  #allocate(length: number): Uint8Array {
    if (length > LARGEST) return new Uint8Array(length)
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES)
      this.#used = 0
    }
    const start = this.#used
    this.#used += length
    return this.#slab.subarray(start, start + length)
  }
}

function viaOf({ transport, local }: Pick<Hop, 'transport' | 'local'>): Via {
  return { transport, host: local.address, port: local.port }
}

function joined(request: Uint8Array, at: number, line: Uint8Array): Uint8Array {
  const out = new Uint8Array(request.length + line.length)
  out.set(request.subarray(0, at), 0)
  out.set(line, at)
  out.set(request.subarray(at), at + line.length)
  return out
}

const TOKEN = /^[\w.!%*+`'~-]+$/
const LF = 10
const SLAB_BYTES = 16_384
const LARGEST = 4096
/** Ways out of one element; more of them come only from hops made up in numbers. */
const MOST_STARTS = 256
