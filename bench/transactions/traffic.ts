/** The six messages that a proxy receives of one call, as bytes, in batches: what the two phones would send. RFC 3665 §3.1. */
import { Buffer } from 'node:buffer'

const SDP = lines(
  'v=0',
  'o=- 3724394400 3724394400 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
)
const FROM = 'From: "Alice Smith" <sip:alice@127.0.0.1:5080>;tag=f########'
const CALL_ID = 'Call-ID: r1-########@127.0.0.1'
const BODY = ['Content-Type: application/sdp', `Content-Length: ${SDP.length}`, '', SDP.slice(0, -2)]
const NO_BODY = ['Content-Length: 0', '']
const UAC_VIA = (n: number): string => `Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK-r1-########-${n};rport`
const OUR_VIA = 'Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK@@@@@@@@@@@@@@@@@@@@;rport'
const RECORD_ROUTE = 'Record-Route: <sip:127.0.0.1:5060;lr>'
const TO = 'To: <sip:bob@127.0.0.1:5060>'

const invite = lines(
  'INVITE sip:bob@127.0.0.1:5060 SIP/2.0',
  UAC_VIA(1),
  'Max-Forwards: 70',
  FROM,
  TO,
  CALL_ID,
  'CSeq: 1 INVITE',
  'Contact: <sip:alice@127.0.0.1:5080>',
  'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, UPDATE, PRACK',
  'Supported: replaces, timer, 100rel, path',
  'User-Agent: phone/1.0 (bench)',
  'P-Asserted-Identity: <sip:alice@127.0.0.1:5080>',
  ...BODY,
)
const inDialog = (method: string, n: number): string =>
  lines(
    `${method} sip:bob@127.0.0.1:5070 SIP/2.0`,
    UAC_VIA(n),
    'Route: <sip:127.0.0.1:5060;lr>',
    'Max-Forwards: 70',
    FROM,
    `${TO};tag=uas1`,
    CALL_ID,
    `CSeq: ${n - 1} ${method}`,
    ...NO_BODY,
  )
const answer = (status: string, cseq: string, n: number, rest: readonly string[]): string =>
  lines(
    `SIP/2.0 ${status}`,
    OUR_VIA,
    UAC_VIA(n),
    ...(n === 1 ? [RECORD_ROUTE] : []),
    FROM,
    `${TO};tag=uas1`,
    CALL_ID,
    `CSeq: ${cseq}`,
    'Contact: <sip:bob@127.0.0.1:5070>',
    ...rest,
  )

export const STEPS = ['INVITE', '180', '200', 'ACK', 'BYE', '200 to BYE'] as const
export type Step = (typeof STEPS)[number]

const TEXTS: Readonly<Record<Step, string>> = {
  INVITE: invite,
  180: answer('180 Ringing', '1 INVITE', 1, NO_BODY),
  200: answer('200 OK', '1 INVITE', 1, BODY),
  ACK: inDialog('ACK', 2),
  BYE: inDialog('BYE', 3),
  '200 to BYE': answer('200 OK', '2 BYE', 3, NO_BODY),
}

/** Which phone sends it. */
export const FROM_CALLEE: ReadonlySet<Step> = new Set<Step>(['180', '200', '200 to BYE'])

class Template {
  readonly #bytes: Buffer
  readonly #numbers: readonly number[]
  readonly #branch: number

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'latin1')
    this.#numbers = [...text.matchAll(/#{8}/g)].map(({ index }) => index)
    this.#branch = text.indexOf('@@@@')
  }

  get length(): number {
    return this.#bytes.length
  }

  write(into: Buffer, at: number, call: number, branch: string | undefined): void {
    into.set(this.#bytes, at)
    for (const place of this.#numbers) {
      for (let digit = 0; digit < 8; digit++) into[at + place + digit] = HEX[(call >>> (28 - 4 * digit)) & 15]!
    }
    if (this.#branch >= 0) into.write(branch!, at + this.#branch, 'latin1')
  }
}

const HEX = Buffer.from('0123456789abcdef')
const TEMPLATES = new Map(STEPS.map(step => [step, new Template(TEXTS[step])]))

/** One message of each call from `first` on, each a view of a batch as the UDP transport hands them out. `branches`: of the requests that are answered. */
export function messages(step: Step, first: number, count: number, branches: readonly string[]): Uint8Array[] {
  const template = TEMPLATES.get(step)!
  const all = Buffer.allocUnsafeSlow(template.length * count)
  return Array.from({ length: count }, (_, i) => {
    const at = i * template.length
    template.write(all, at, first + i, branches[i])
    return new Uint8Array(all.buffer, all.byteOffset + at, template.length)
  })
}

function lines(...of: readonly string[]): string {
  return `${of.join('\r\n')}\r\n`
}
