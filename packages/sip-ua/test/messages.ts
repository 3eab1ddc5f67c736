/** Messages for the tests, written as a peer would send them. */
import { parse, type SipRequest, type SipResponse } from '@strowger/sip-parser'

const encoder = new TextEncoder()

function bytes(lines: readonly string[], body: string): Uint8Array {
  return encoder.encode([...lines, `Content-Length: ${body.length}`, '', body].join('\r\n'))
}

/** An INVITE of alice to bob unless `line` says otherwise; `extra` lines come on top of the usual ones. */
export function request(
  extra: readonly string[] = [],
  { line = 'INVITE sip:bob@example.com', from = ';tag=a1', to = '', callId = 'c1@example.com', cseq = 314159, body = '' } = {},
): SipRequest {
  const method = line.split(' ')[0]
  const parsed = parse(
    bytes(
      [
        `${line} SIP/2.0`,
        'Via: SIP/2.0/UDP client.example.com;branch=z9hG4bK74bf9',
        'Max-Forwards: 70',
        `From: Alice <sip:alice@example.com>${from}`,
        `To: Bob <sip:bob@example.com>${to}`,
        `Call-ID: ${callId}`,
        `CSeq: ${cseq} ${method}`,
        ...extra,
      ],
      body,
    ),
  )
  if (parsed.kind !== 'request') throw new Error(`not a request: ${JSON.stringify(parsed)}`)
  return parsed
}

/** A response to that INVITE; `tag` goes into To. */
export function response(status: number, tag = '', extra: readonly string[] = [], { cseq = '314159 INVITE', body = '' } = {}): SipResponse {
  const parsed = parse(
    bytes(
      [
        `SIP/2.0 ${status} Any`,
        'Via: SIP/2.0/UDP client.example.com;branch=z9hG4bK74bf9',
        'From: Alice <sip:alice@example.com>;tag=a1',
        `To: Bob <sip:bob@example.com>${tag === '' ? '' : `;tag=${tag}`}`,
        'Call-ID: c1@example.com',
        `CSeq: ${cseq}`,
        ...extra,
      ],
      body,
    ),
  )
  if (parsed.kind !== 'response') throw new Error(`not a response: ${JSON.stringify(parsed)}`)
  return parsed
}

/** A message of ours as lines, without the empty ones. */
export function lines(message: { toBytes(): Uint8Array }): readonly string[] {
  return new TextDecoder()
    .decode(message.toBytes())
    .split('\r\n')
    .filter(line => line !== '')
}
