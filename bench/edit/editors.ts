/**
 * What a record-routing proxy does to a request, from the parsed message to bytes: a Via and a Record-Route on top, one hop less in
 * Max-Forwards, the first Route taken off. Ours and npm's parsers; those in C are in `../parse/c-peers.c`.
 */
import { Buffer } from 'node:buffer'
import '@strowger/sip-parser/node'
import { edit, MaxForwards, type NameAddr, parse, RecordRoute, Route, type SipRequest, Via } from '@strowger/sip-parser'
import { npmPeer } from '../npm-peers.ts'
import type { Sample } from '../parse/messages.ts'

/** An edit changes some peers' parsed messages, so each is parsed anew, outside the clock. */
export interface Editor<Message> {
  parse(sample: Sample): Message
  /** `branch` is the number that the branch of the new Via ends with. */
  edit(message: Message, branch: number): Uint8Array
}

const NO_PARAMS: ReadonlyMap<string, string> = new Map()
const PROXY: NameAddr = {
  uri: { scheme: 'sip', host: '198.51.100.7', params: new Map([['lr', '']]), headers: NO_PARAMS },
  params: NO_PARAMS,
}

export const ours: Editor<SipRequest> = {
  parse({ bytes }) {
    const message = parse(bytes)
    if (message.kind !== 'request') throw new Error(`a ${message.kind} is no request`)
    return message
  },
  edit(message, branch) {
    return edit(message)
      .prepend(Via, { transport: 'UDP', host: '198.51.100.7', port: 5060, branch: `z9hG4bK1d2c.${branch}` })
      .prepend(RecordRoute, PROXY)
      .replace(MaxForwards, message.headers.get(MaxForwards)! - 1)
      .removeFirst(Route)
      .toBytes()
  },
}

interface SipModule {
  parse(bytes: Uint8Array): SipMessage
  stringify(message: SipMessage): string
}

interface SipMessage {
  readonly headers: { via: object[]; route?: object[]; 'record-route'?: object[]; 'max-forwards': string | number }
}

/** npm's `sip`: headers are arrays of objects; all of them are written anew. */
export function sip(): Editor<SipMessage> {
  const { parse, stringify } = npmPeer('sip') as SipModule
  const proxy = { uri: { schema: 'sip', host: '198.51.100.7', params: { lr: null } } }
  return {
    parse: ({ bytes }) => parse(bytes),
    edit(message, branch) {
      const { headers } = message
      headers.via.unshift({
        version: '2.0',
        protocol: 'UDP',
        host: '198.51.100.7',
        port: 5060,
        params: { branch: `z9hG4bK1d2c.${branch}` },
      })
      headers['record-route'] ??= []
      headers['record-route'].unshift(proxy)
      headers['max-forwards'] = Number(headers['max-forwards']) - 1
      headers.route!.shift()
      return Buffer.from(stringify(message), 'latin1')
    },
  }
}

interface DrachtioModule {
  readonly SipMessage: new (text: string) => DrachtioMessage
}

interface DrachtioMessage {
  readonly headers: { via: string; route?: string; 'record-route'?: string; 'max-forwards': string }
  toString(): string
}

/** npm's `drachtio-sip`: headers are strings; its `set` can only append, so they are put together by hand. */
export function drachtio(): Editor<DrachtioMessage> {
  const { SipMessage } = npmPeer('drachtio-sip') as DrachtioModule
  return {
    parse: ({ text }) => new SipMessage(text),
    edit(message, branch) {
      const { headers } = message
      headers.via = `SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1d2c.${branch},${headers.via}`
      const earlier = headers['record-route']
      headers['record-route'] = earlier === undefined ? '<sip:198.51.100.7;lr>' : `<sip:198.51.100.7;lr>,${earlier}`
      headers['max-forwards'] = String(Number(headers['max-forwards']) - 1)
      const next = headers.route!.indexOf(',')
      if (next < 0) delete headers.route
      else headers.route = headers.route!.slice(next + 1)
      return Buffer.from(message.toString(), 'latin1')
    },
  }
}
