/**
 * The least that a record-routing proxy does in JavaScript: text in, lines found, a Map of branches, text out. It checks nothing, keeps no timers but one
 * age and has one way to its peers. What a proxied call costs is compared with this on the same machine, for microseconds differ between machines. RFC 3261 §16.
 */
import { Buffer } from 'node:buffer'
import type { Core } from './batches.ts'

const TOP = 'Via: SIP/2.0/UDP 127.0.0.1:5060;branch='
const ROUTE = 'Record-Route: <sip:127.0.0.1:5060;lr>\r\n'
const KEPT_MS = 5000
/** What the parser uses as well; Node's types do not have it. */
const { latin1Slice } = Buffer.prototype as unknown as { latin1Slice(this: Uint8Array, start: number, end: number): string }

interface Known {
  readonly key: string
  readonly port: number
  readonly at: number
  last: string
}

/** Where a line starts and where the next one does; 0 where it is not there. */
const via = { at: 0, next: 0 }
const hops = { at: 0, next: 0 }
const route = { at: 0, next: 0 }
const to = { at: 0, next: 0 }

export class BareLoop implements Core {
  branches: string[] = []
  sentBytes = 0
  readonly #server = new Map<string, Known>()
  readonly #client = new Map<string, Known>()
  readonly #ages: { readonly own: string; readonly known: Known }[] = []
  #oldest = 0
  #count = 0
  readonly #out = Buffer.alloc(65_536)

  receive(now: number, bytes: Uint8Array, port: number): void {
    const text = latin1Slice.call(bytes, 0, bytes.length)
    findLines(text)
    if (text.startsWith('SIP/')) this.#onResponse(text)
    else this.#onRequest(now, text, port)
  }

  wake(now: number): void {
    while (this.#oldest < this.#ages.length && now - this.#ages[this.#oldest]!.known.at >= KEPT_MS) {
      const { own, known } = this.#ages[this.#oldest++]!
      this.#server.delete(known.key)
      this.#client.delete(own)
    }
    if (this.#oldest < 65_536) return
    this.#ages.splice(0, this.#oldest)
    this.#oldest = 0
  }

  #onResponse(text: string): void {
    const known = this.#client.get(branchOf(text))
    if (known === undefined) throw new Error('a response matched nothing')
    if (text.startsWith('100', 8)) return
    known.last = text.slice(0, via.at) + text.slice(via.next)
    this.#send(known.last)
  }

  #onRequest(now: number, text: string, port: number): void {
    const method = text.slice(0, text.indexOf(' '))
    const key = branchOf(text) + (method === 'ACK' ? 'INVITE' : method)
    const again = this.#server.get(key)
    if (again !== undefined) return this.#send(again.last)
    const left = Number.parseInt(text.slice(hops.at + 14, hops.next), 10) - 1
    if (left < 0) throw new Error('the bench sent a request that may not go on')
    const own = `z9hG4bK${(this.#count++).toString(36).padStart(20, '0')}`
    if (method !== 'ACK') {
      const known: Known = { key, port, at: now, last: '' }
      this.#server.set(key, known)
      this.#client.set(own, known)
      this.#ages.push({ own, known })
    }
    if (method === 'INVITE') this.#send(trying(text))
    this.branches.push(own.slice(7))
    this.#send(forwarded(text, own, left))
  }

  #send(text: string): void {
    this.sentBytes += this.#out.write(text, 0, 'latin1')
  }
}

function findLines(text: string): void {
  via.at = hops.at = route.at = to.at = 0
  for (let at = text.indexOf('\r\n') + 2; text.charCodeAt(at) !== 13; ) {
    const next = text.indexOf('\r\n', at) + 2
    const second = text.charCodeAt(at + 1)
    switch (text[at]) {
      case 'V':
        if (via.at === 0) note(via, at, next)
        break
      case 'M':
        if (second === 97) note(hops, at, next)
        break
      case 'R':
        if (second === 111 && route.at === 0) note(route, at, next)
        break
      case 'T':
        if (second === 111) note(to, at, next)
    }
    at = next
  }
}

function note(line: { at: number; next: number }, at: number, next: number): void {
  line.at = at
  line.next = next
}

function branchOf(text: string): string {
  const at = text.indexOf('branch=', via.at) + 7
  let end = at
  while (text.charCodeAt(end) > 59 || (text.charCodeAt(end) > 44 && text.charCodeAt(end) < 59)) end++
  return text.slice(at, end)
}

/** Via, From, To, Call-ID and CSeq, which stand together in what the bench sends. */
function trying(text: string): string {
  const end = text.indexOf('\r\n', text.indexOf('CSeq:', to.next)) + 2
  return `SIP/2.0 100 Trying\r\n${text.slice(via.at, via.next)}${text.slice(hops.next, end)}Content-Length: 0\r\n\r\n`
}

function forwarded(text: string, own: string, left: number): string {
  const tag = text.indexOf(';tag=', to.at)
  const first = tag < 0 || tag > to.next ? ROUTE : ''
  const middle = route.at === 0 ? text.slice(via.at, hops.at) : text.slice(via.at, route.at) + text.slice(route.next, hops.at)
  return `${text.slice(0, via.at)}${TOP}${own};rport\r\n${first}${middle}Max-Forwards: ${left}\r\n${text.slice(hops.next)}`
}
