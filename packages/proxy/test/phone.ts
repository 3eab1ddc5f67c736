/** What a phone of `demo.test` sends to the proxy under test. */
import { ProxyAuthenticate, ProxyAuthorization, type SipResponse, WwwAuthenticate } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { authorize } from '@strowger/sip-ua/digest'
import { nodeHash } from '@strowger/sip-ua/node'
import { PASSWORD, type ProxyBench } from './proxy-bench.ts'

let sequence = 0

export interface PhoneOptions {
  readonly hop: Hop
  readonly password?: string
  readonly domain?: string
}

export class ScriptedPhone {
  readonly hop: Hop
  readonly name: string
  readonly #bench: ProxyBench
  readonly #password: string
  readonly #domain: string
  #last = ''

  constructor(bench: ProxyBench, name: string, { hop, password = PASSWORD, domain = 'demo.test' }: PhoneOptions) {
    this.#bench = bench
    this.name = name
    this.hop = hop
    this.#password = password
    this.#domain = domain
  }

  get contact(): string {
    const { address, port } = this.hop.remote
    return `sip:${this.name}@${address}:${port}${this.hop.transport === 'UDP' ? '' : ';transport=tcp'}`
  }

  /** A request without credentials; `extra` are header lines. */
  request(method: string, uri: string, extra: readonly string[] = [], body = '', to = uri): string {
    const { address, port } = this.hop.remote
    sequence++
    this.#last = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/${this.hop.transport} ${address}:${port};branch=z9hG4bK-p${sequence};rport`,
      'Max-Forwards: 70',
      `From: <sip:${this.name}@${this.#domain}>;tag=ft-${this.name}`,
      `To: <${to}>`,
      `Call-ID: call-${this.name}`,
      `CSeq: ${sequence} ${method}`,
      ...extra,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      '',
      body,
    ].join('\n')
    return this.#last
  }

  /** The CANCEL of the request made last (RFC 3261 §9.1). */
  cancel(): string {
    const kept = this.#last
      .split('\n\n')[0]!
      .split('\n')
      .filter(line => !/^(Contact|Content-Type|Proxy-Authorization|Strowger)/.test(line))
    return kept.join('\n').replaceAll('INVITE', 'CANCEL')
  }

  /** Sends, answers the challenge, and leaves what came after the challenge in `bench.sent`. */
  authorized(method: string, uri: string, extra: readonly string[] = [], body = '', to = uri): void {
    this.#bench.receive(this.request(method, uri, extra, body, to), this.hop)
    const challenge = this.#bench.takeOne().message as SipResponse
    if (method === 'INVITE') this.#bench.receive(this.ackTo(challenge, uri), this.hop)
    this.#bench.receive(this.request(method, uri, [...extra, this.credentialsFor(challenge, method, uri)], body, to), this.hop)
  }

  credentialsFor(challenge: SipResponse, method: string, uri: string, nc = 1): string {
    const def = challenge.status === 401 ? WwwAuthenticate : ProxyAuthenticate
    const value = authorize({
      challenges: challenge.headers.all(def),
      username: this.name,
      password: this.#password,
      method,
      uri,
      hash: nodeHash,
      cnonce: 'c',
      nc,
    })
    if (value === undefined) throw new Error('no challenge that a phone could answer')
    return `${challenge.status === 401 ? 'Authorization' : 'Proxy-Authorization'}: ${ProxyAuthorization.encode(value)}`
  }

  register(expires = 3600): void {
    this.authorized('REGISTER', 'sip:demo.test', [`Contact: <${this.contact}>`, `Expires: ${expires}`], '', `sip:${this.name}@demo.test`)
  }

  ackTo(response: SipResponse, uri: string): string {
    const { address, port } = this.hop.remote
    const header = (name: string): string => response.headers.raw(name)[0] ?? ''
    return [
      `ACK ${uri} SIP/2.0`,
      `Via: ${header('Via')}`
        .replace(/;received=[^;]*|;rport=\d+/g, '')
        .replace(/Via: SIP\/2.0\/(\w+) \S+?;/, `Via: SIP/2.0/$1 ${address}:${port};`),
      'Max-Forwards: 70',
      `From: ${header('From')}`,
      `To: ${header('To')}`,
      `Call-ID: ${header('Call-ID')}`,
      `CSeq: ${header('CSeq').split(' ')[0]} ACK`,
      '',
      '',
    ].join('\n')
  }
}
