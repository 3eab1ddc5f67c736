/** Which transaction a request belongs to. RFC 3261 §17.2.3, §8.2.2.2. */
import { parse, responseTo, type SipRequest } from '@strowger/sip-parser'
import { beforeEach, expect, test } from 'vitest'
import { type Hop, type Output, TransactionLayer } from '../src/index.ts'

const HOP: Hop = { transport: 'UDP', local: { address: '192.0.2.2', port: 5060 }, remote: { address: '192.0.2.1', port: 5060 } }
interface Fields {
  readonly method?: string
  readonly cseq?: string
  readonly via?: string
  readonly to?: string
  readonly from?: string
}
function request({
  method = 'INVITE',
  cseq = `1 ${method}`,
  via = 'h.test;branch=z9hG4bKa',
  to = '<sip:b@b>',
  from = '1',
}: Fields): SipRequest {
  const text = `${method} sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP ${via}\r\nFrom: <sip:a@a>;tag=${from}\r\nTo: ${to}\r\nCall-ID: c\r\nCSeq: ${cseq}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`
  const message = parse(Buffer.from(text))
  if (message.kind !== 'request') throw new Error('not a request')
  return message
}

let layer: TransactionLayer
let count: number
beforeEach(() => {
  count = 0
  layer = new TransactionLayer({ token: () => `token${count++}`, tagOf: () => 'keyed', findMerged: true })
})
function receive(fields: Fields): Output[] {
  layer.receive(0, request(fields), HOP)
  const outputs: Output[] = []
  for (let out = layer.poll(); out !== undefined; out = layer.poll()) outputs.push(out)
  return outputs
}
function accept(fields: Fields, status?: number) {
  const [output] = receive(fields)
  if (output?.kind !== 'request') throw new Error(`not a new request: ${output?.kind}`)
  const transaction = layer.accept(0, output.incoming)
  if (status !== undefined) layer.respond(0, transaction, responseTo(transaction.request, status, { toTag: 'ours' }))
  while (layer.poll() !== undefined);
  return transaction
}
const kinds = (fields: Fields): string[] => receive(fields).map(({ kind }) => kind)

test('branch, sent-by and method make the transaction', () => {
  accept({}, 180)
  expect(kinds({})).toEqual(['transmit'])
  expect(kinds({ via: 'H.TEST;branch=z9hG4bKa' })).toEqual(['transmit'])
  expect(kinds({ via: 'h.test;branch=z9hG4bKb' })).toEqual(['request'])
  expect(kinds({ via: 'h.test:5070;branch=z9hG4bKa' })).toEqual(['request'])
  expect(kinds({ via: 'other.test;branch=z9hG4bKa' })).toEqual(['request'])
  expect(kinds({ method: 'OPTIONS' })).toEqual(['request'])
})

test('an ACK belongs to its INVITE (RFC 3261 §17.2.3)', () => {
  const invite = accept({}, 486)
  expect(kinds({ method: 'ACK', to: '<sip:b@b>;tag=ours' })).toEqual([])
  expect(invite.state).toBe('confirmed')
})

test('an ACK that belongs to nothing is passed up', () => {
  expect(kinds({ method: 'ACK' })).toEqual(['unmatched'])
})

test('a sender of RFC 2543 is matched by Request-URI, tags, Call-ID, CSeq and Via (RFC 3261 §17.2.3)', () => {
  const via = 'old.test;branch=1'
  const invite = accept({ via }, 486)
  expect(kinds({ via })).toEqual(['transmit'])
  expect(kinds({ via, cseq: '2 INVITE' })).toEqual(['request'])
  expect(kinds({ via, from: '2' })).toEqual(['request'])
  expect(kinds({ via: 'old.test' })).toEqual(['request'])
  expect(kinds({ via, method: 'ACK', to: '<sip:b@b>;tag=other' })).toEqual(['unmatched'])
  expect(invite.state).toBe('completed')
  expect(kinds({ via, method: 'ACK', to: '<sip:b@b>;tag=ours' })).toEqual([])
  expect(invite.state).toBe('confirmed')
})

test('a CANCEL of an RFC 2543 sender finds its INVITE (RFC 3261 §9.2)', () => {
  const via = 'old.test'
  accept({ via }, 180)
  expect(kinds({ via, method: 'CANCEL' })).toEqual(['transmit', 'cancelled'])
})

test('the magic cookie alone is no branch', () => {
  accept({ via: 'h.test;branch=z9hG4bK' }, 180)
  expect(kinds({ via: 'h.test;branch=z9hG4bK', cseq: '2 INVITE' })).toEqual(['request'])
})

test('the same request by another way is marked as merged (RFC 3261 §8.2.2.2)', () => {
  accept({}, 180)
  const [output] = receive({ via: 'h.test;branch=z9hG4bKb' })
  expect(output).toMatchObject({ kind: 'request', incoming: { merged: true } })
})

test('a request inside a dialog, or of another CSeq, is not merged (RFC 3261 §8.2.2.2)', () => {
  accept({}, 180)
  const [inside] = receive({ via: 'h.test;branch=z9hG4bKb', to: '<sip:b@b>;tag=x' })
  const [next] = receive({ via: 'h.test;branch=z9hG4bKc', cseq: '2 INVITE' })
  expect(inside).not.toHaveProperty('incoming.merged')
  expect(next).not.toHaveProperty('incoming.merged')
})

test('a merged request is no longer one when the first is over', () => {
  accept({ method: 'OPTIONS' }, 200)
  layer.wake(32_000)
  while (layer.poll() !== undefined);
  const [output] = receive({ method: 'OPTIONS', via: 'h.test;branch=z9hG4bKb' })
  expect(output).not.toHaveProperty('incoming.merged')
})

test('`find` gives the INVITE that a CANCEL is about', () => {
  const invite = accept({}, 180)
  expect(layer.find(request({ method: 'CANCEL' }))).toBe(invite)
  expect(layer.find(request({ method: 'CANCEL', via: 'h.test;branch=z9hG4bKz' }))).toBeUndefined()
})

test('with `matchCancel: false` a CANCEL surfaces as a request', () => {
  layer = new TransactionLayer({ token: () => `token${count++}`, tagOf: () => 'keyed', matchCancel: false })
  expect(kinds({ method: 'CANCEL' })).toEqual(['request'])
})
