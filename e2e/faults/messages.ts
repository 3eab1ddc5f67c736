/** Requests as strangers type them, line by line. RFC 3261 §7. */

export interface Typed {
  readonly method?: string
  readonly uri?: string
  readonly transport?: string
  /** Of the top Via. */
  readonly sentBy?: string
  readonly branch?: string
  readonly from?: string
  readonly to?: string
  readonly callId?: string
  readonly cseq?: number
  /** Whole lines, before Content-Length. */
  readonly lines?: readonly string[]
  readonly body?: string
  /** Instead of the right one; `null` for none. */
  readonly contentLength?: string | null
}

let count = 0

/** A word that no earlier message had. */
export function fresh(word: string): string {
  return `${word}-${process.pid}-${++count}`
}

export function typed(what: Typed = {}): string {
  const { method = 'OPTIONS', uri = 'sip:demo.localhost', transport = 'UDP', sentBy = 'stranger.invalid', branch = fresh('z9hG4bK') } = what
  const {
    from = '<sip:stranger@stranger.invalid>;tag=stranger',
    to = `<${uri}>`,
    callId = fresh('call'),
    cseq = 1,
    lines = [],
    body = '',
  } = what
  const { contentLength = String(Buffer.byteLength(body)) } = what
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${sentBy};branch=${branch};rport`,
    'Max-Forwards: 70',
    `From: ${from}`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...lines,
    ...(contentLength === null ? [] : [`Content-Length: ${contentLength}`]),
    '',
    body,
  ].join('\r\n')
}

/** SDP of a party at `address`. */
export function sdpAt(address: string, port = 40_000): string {
  return `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n`
}

/** Of a message, the values of a header by its full name. */
export function valuesOf(text: string, name: string): readonly string[] {
  const head = text.split('\r\n\r\n')[0]!
  return head
    .split('\r\n')
    .filter(line => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map(line => line.slice(name.length + 1).trim())
}

/** 0 of a request. */
export function statusOf(text: string): number {
  return Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1] ?? 0)
}

/** What a server answers to a request: its Via, From, To, Call-ID and CSeq as they came. RFC 3261 §8.2.6.2. */
export function answerTo(request: string, status: number, tag = 'answer', lines: readonly string[] = [], body = ''): string {
  const copied = request
    .split('\r\n\r\n')[0]!
    .split('\r\n')
    .filter(line => /^(Via|From|To|Call-ID|CSeq|Record-Route):/i.test(line))
    .map(line => (/^To:/i.test(line) && !line.includes(';tag=') ? `${line};tag=${tag}` : line))
  return [`SIP/2.0 ${status} Answer`, ...copied, ...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
}
