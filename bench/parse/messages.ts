/** What is parsed: three messages as they arrive at a proxy, each in many copies that differ in branch, tags and Call-ID. */
import { Buffer } from 'node:buffer'

const SDP = wire(`v=0
o=- 3724394400 3724394400 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 40000 RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
`)

const INVITE = wire(`INVITE sip:bob@biloxi.example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK4b43c2ff8.#;received=192.0.2.1;rport=5060
Via: SIP/2.0/UDP 192.0.2.10:5080;branch=z9hG4bK74bf9.#;rport
Route: <sip:192.0.2.2;lr>
Record-Route: <sip:192.0.2.1;lr;ftag=9fxced76sl>
Max-Forwards: 69
From: "Alice Smith" <sip:alice@atlanta.example.com>;tag=9fxced76sl#
To: "Bob" <sip:bob@biloxi.example.com>
Call-ID: 38482762982201885#@atlanta.example.com
CSeq: 1 INVITE
Contact: <sip:alice@192.0.2.10:5080;transport=udp>
Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, UPDATE, PRACK
Supported: replaces, timer, 100rel, path
User-Agent: phone/1.0
P-Asserted-Identity: <sip:alice@atlanta.example.com>
Content-Type: application/sdp
Content-Length: ${SDP.length}

${SDP}`)

const REGISTER = wire(`REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5080;branch=z9hG4bK74bf9.#;rport
Max-Forwards: 70
Route: <sip:192.0.2.2;lr>
From: <sip:u000123@example.com>;tag=a73kszlfl#
To: <sip:u000123@example.com>
Call-ID: 1j9FpLxk3uxtm8tn#@192.0.2.10
CSeq: 2 REGISTER
Contact: <sip:u000123@192.0.2.10:5080>;expires=3600
Authorization: Digest username="u000123", realm="example.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:example.com", response="6629fae49393a05397450978507c4ef1", algorithm=MD5
Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY
User-Agent: phone/1.0
Content-Length: 0

`)

const OK = wire(`SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK4b43c2ff8.#;received=192.0.2.1;rport=5060
Via: SIP/2.0/UDP 192.0.2.10:5080;branch=z9hG4bK74bf9.#;rport
Record-Route: <sip:192.0.2.1;lr;ftag=9fxced76sl>
From: "Alice Smith" <sip:alice@atlanta.example.com>;tag=9fxced76sl#
To: "Bob" <sip:bob@biloxi.example.com>;tag=314159#
Call-ID: 38482762982201885#@atlanta.example.com
CSeq: 1 INVITE
Contact: <sip:bob@192.0.2.20:5070>
Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY
Content-Type: application/sdp
Content-Length: ${SDP.length}

${SDP}`)

export interface Sample {
  readonly text: string
  readonly bytes: Buffer
}

/** A power of two, so that the next one is found with a mask. */
export const COPIES = 64

export const MESSAGES: ReadonlyMap<string, readonly Sample[]> = new Map([
  ['INVITE 1 KB', copies(INVITE)],
  ['REGISTER', copies(REGISTER)],
  ['200 OK', copies(OK)],
])

function copies(template: string): Sample[] {
  return Array.from({ length: COPIES }, (_, i) => {
    const text = template.replaceAll('#', (1000 + i * 37).toString(36))
    return { text, bytes: Buffer.from(text, 'latin1') }
  })
}

function wire(text: string): string {
  return text.replace(/\r?\n/g, '\r\n')
}
