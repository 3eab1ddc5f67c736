/** Our Via on top of a request. RFC 3261 §8.1.1.7, §18.1.1; with `rport`, so that the answer comes back through a NAT (RFC 3581 §3). */
import { type TopLine, utf8Bytes, Via } from '@strowger/sip-parser'
import type { Address, Hop } from './hop.ts'
import { COOKIE } from './matching.ts'

/** Makes what the Vias of one side of us have in common once. */
export class TopVia {
  readonly #starts = new Map<string, string>()
  #transport: Hop['transport'] = 'UDP'
  #local: Address = { address: '', port: -1 }
  #start = ''

  /** `branch`: what follows its cookie. Throws a TypeError for one that is no token. */
  line(hop: Hop, branch: string, params: ReadonlyMap<string, string> | undefined): TopLine {
    checkToken(branch)
    const start = this.#startFor(hop)
    if (params === undefined) return { text: start + branch + RPORT, bytes: start.length + branch.length + RPORT.length } // all ASCII
    const rest = `${paramsOf(hop, params)}\r\n`
    return { text: start + branch + rest, bytes: start.length + branch.length + utf8Bytes(rest).length }
  }

  /** `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK` */
  #startFor({ transport, local }: Hop): string {
    if (transport === this.#transport && local.port === this.#local.port && local.address === this.#local.address) return this.#start
    const key = `${transport} ${local.port} ${local.address}`
    let start = this.#starts.get(key)
    if (start === undefined) {
      if (this.#starts.size >= MOST_STARTS) this.#starts.clear()
      start = `Via: ${Via.encode(viaOf({ transport, local }))};branch=${COOKIE}`
      this.#starts.set(key, start)
    }
    this.#transport = transport
    this.#local = local
    this.#start = start
    return start
  }
}

/** `;rport` and the others. */
function paramsOf(hop: Hop, params: ReadonlyMap<string, string>): string {
  return Via.encode({ ...viaOf(hop), rport: true, params }).slice(Via.encode(viaOf(hop)).length)
}

function viaOf({ transport, local }: Pick<Hop, 'transport' | 'local'>): Via {
  return { transport, host: local.address, port: local.port }
}

function checkToken(branch: string): void {
  for (let i = 0; i < branch.length; i++) {
    if (TOKEN[branch.charCodeAt(i)] !== 1) throw new TypeError(`a branch is a token, not ${JSON.stringify(branch)} (RFC 3261 §25.1)`)
  }
}

/** By character code: 1 for what a token may hold. */
const TOKEN = new Uint8Array(128)
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~") TOKEN[character.charCodeAt(0)] = 1
const RPORT = ';rport\r\n'
/** Ways out of one element; more of them come only from hops made up in numbers. */
const MOST_STARTS = 256
