/** Our Via on top of a request, as bytes. RFC 3261 §8.1.1.7, §18.1.1; with `rport`, so that the answer comes back through a NAT (RFC 3581 §3). */
import { utf8Bytes, Via } from '@strowger/sip-parser'
import type { Address, Hop } from './hop.ts'

/** Makes what the Vias of one side of us have in common once, and cuts outgoing messages from a shared stretch of memory. */
export class TopVia {
  readonly #starts = new Map<string, Uint8Array>()
  #transport: Hop['transport'] = 'UDP'
  #local: Address = { address: '', port: -1 }
  #start: Uint8Array = NOTHING
  #slab: ArrayBuffer = new ArrayBuffer(SLAB_BYTES)
  #used = 0

  /** `branch`: with its cookie. `request` keeps as it is. Throws a TypeError for a branch that is no token. */
  write(request: Uint8Array, hop: Hop, branch: string, params: ReadonlyMap<string, string> | undefined): Uint8Array {
    const start = this.#startFor(hop)
    const rest = params === undefined ? RPORT : utf8Bytes(`${paramsOf(hop, params)}\r\n`)
    const at = request.indexOf(LF) + 1
    const viaBytes = start.length + branch.length + rest.length
    const out = this.#allocate(request.length + viaBytes)
    out.set(request, viaBytes) // all of it where its end belongs, then its start line and the Via over the beginning
    for (let i = 0; i < at; i++) out[i] = request[i]!
    out.set(start, at)
    writeToken(branch, out, at + start.length)
    out.set(rest, at + start.length + branch.length)
    return out
  }

  /** `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=` */
  #startFor({ transport, local }: Hop): Uint8Array {
    if (transport === this.#transport && local.port === this.#local.port && local.address === this.#local.address) return this.#start
    const key = `${transport} ${local.port} ${local.address}`
    let start = this.#starts.get(key)
    if (start === undefined) {
      if (this.#starts.size >= MOST_STARTS) this.#starts.clear()
      start = utf8Bytes(`Via: ${Via.encode(viaOf({ transport, local }))};branch=`)
      this.#starts.set(key, start)
    }
    this.#transport = transport
    this.#local = local
    this.#start = start
    return start
  }

  /** Messages that leave at once: whoever keeps one for long copies it. */
  #allocate(length: number): Uint8Array {
    if (length > LARGEST) return new Uint8Array(length)
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = new ArrayBuffer(SLAB_BYTES)
      this.#used = 0
    }
    const out = new Uint8Array(this.#slab, this.#used, length)
    this.#used += length
    return out
  }
}

/** `;rport` and the others. */
function paramsOf(hop: Hop, params: ReadonlyMap<string, string>): string {
  return Via.encode({ ...viaOf(hop), rport: true, params }).slice(Via.encode(viaOf(hop)).length)
}

function viaOf({ transport, local }: Pick<Hop, 'transport' | 'local'>): Via {
  return { transport, host: local.address, port: local.port }
}

function writeToken(token: string, out: Uint8Array, at: number): void {
  for (let i = 0; i < token.length; i++) {
    const code = token.charCodeAt(i)
    if (TOKEN[code] !== 1) throw new TypeError(`a branch is a token, not ${JSON.stringify(token)} (RFC 3261 §25.1)`)
    out[at + i] = code
  }
}

/** By character code: 1 for what a token may hold. */
const TOKEN = new Uint8Array(128)
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~") TOKEN[character.charCodeAt(0)] = 1
const RPORT = utf8Bytes(';rport\r\n')
const NOTHING = new Uint8Array(0)
const LF = 10
const SLAB_BYTES = 16_384
const LARGEST = 4096
/** Ways out of one element; more of them come only from hops made up in numbers. */
const MOST_STARTS = 256
