/** The header fields we know by number, with their compact forms. RFC 3261 §7.3.3, §20. */

/** Number of the header called `name` in its canonical spelling, its compact form or any case; 0 when not in the table. */
export function headerId(name: string): number {
  return IDS.get(name) ?? IDS.get(name.toLowerCase()) ?? 0
}

/** The same from bytes: a token of `length` bytes at `start`. No text is made. */
export function headerIdAt(bytes: Uint8Array, start: number, length: number): number {
  if (length > LONGEST) return 0
  const candidates = BUCKETS[(length << 5) | (bytes[start]! & 31)]
  if (candidates === undefined) return 0
  for (let k = 0; k < candidates.length; k++) {
    const candidate = candidates[k]!
    if (matches(bytes, start, candidate.folded)) return candidate.id
  }
  return 0
}

/** Whether the bytes at `start` spell `lowered`, in any case. The bytes are a token of the same length. */
export function matches(bytes: Uint8Array, start: number, lowered: string): boolean {
  for (let i = 0; i < lowered.length; i++) {
    const byte = bytes[start + i]!
    if ((byte >= 65 && byte <= 90 ? byte | 32 : byte) !== lowered.charCodeAt(i)) return false
  }
  return true
}

interface Candidate {
  readonly id: number
  readonly folded: string
}

/** Name, then its compact form where one is registered. The order is of no account. */
export const HEADER_NAMES: readonly (readonly [name: string, compact?: string])[] = [
  ['Via', 'v'],
  ['From', 'f'],
  ['To', 't'],
  ['Call-ID', 'i'],
  ['CSeq'],
  ['Max-Forwards'],
  ['Contact', 'm'],
  ['Route'],
  ['Record-Route'],
  ['Content-Length', 'l'],
  ['Content-Type', 'c'],
  ['Accept'],
  ['Accept-Contact', 'a'],
  ['Accept-Encoding'],
  ['Accept-Language'],
  ['Alert-Info'],
  ['Allow'],
  ['Allow-Events', 'u'],
  ['Authorization'],
  ['Call-Info'],
  ['Content-Disposition'],
  ['Content-Encoding', 'e'],
  ['Content-Language'],
  ['Date'],
  ['Diversion'],
  ['Event', 'o'],
  ['Expires'],
  ['History-Info'],
  ['Identity', 'y'],
  ['Identity-Info', 'n'],
  ['Max-Breadth'],
  ['MIME-Version'],
  ['Min-Expires'],
  ['Min-SE'],
  ['Organization'],
  ['P-Asserted-Identity'],
  ['P-Preferred-Identity'],
  ['Path'],
  ['Priority'],
  ['Privacy'],
  ['Proxy-Authenticate'],
  ['Proxy-Authorization'],
  ['Proxy-Require'],
  ['RAck'],
  ['Reason'],
  ['Refer-Sub'],
  ['Refer-To', 'r'],
  ['Referred-By', 'b'],
  ['Reject-Contact', 'j'],
  ['Replaces'],
  ['Request-Disposition', 'd'],
  ['Require'],
  ['Retry-After'],
  ['RSeq'],
  ['Server'],
  ['Service-Route'],
  ['Session-Expires', 'x'],
  ['SIP-ETag'],
  ['SIP-If-Match'],
  ['Subject', 's'],
  ['Subscription-State'],
  ['Supported', 'k'],
  ['Timestamp'],
  ['Unsupported'],
  ['User-Agent'],
  ['Warning'],
  ['WWW-Authenticate'],
  ['Accept-Resource-Priority'],
  ['Answer-Mode'],
  ['Authentication-Info'],
  ['Content-ID'],
  ['Error-Info'],
  ['Feature-Caps'],
  ['Flow-Timer'],
  ['Geolocation'],
  ['Geolocation-Error'],
  ['Geolocation-Routing'],
  ['In-Reply-To'],
  ['Info-Package'],
  ['Join'],
  ['P-Access-Network-Info'],
  ['P-Associated-URI'],
  ['P-Called-Party-ID'],
  ['P-Charge-Info'],
  ['P-Charging-Function-Addresses'],
  ['P-Charging-Vector'],
  ['P-Early-Media'],
  ['P-Visited-Network-ID'],
  ['Priv-Answer-Mode'],
  ['Proxy-Authentication-Info'],
  ['Recv-Info'],
  ['Remote-Party-ID'],
  ['Reply-To'],
  ['Resource-Priority'],
  ['Security-Client'],
  ['Security-Server'],
  ['Security-Verify'],
  ['Session-ID'],
  ['Suppress-If-Match'],
  ['Target-Dialog'],
  ['User-to-User'],
]

/** One more than the largest id. */
export const HEADER_IDS: number = HEADER_NAMES.length + 1

const LONGEST = 31
const IDS = new Map<string, number>()
const BUCKETS: (Candidate[] | undefined)[] = new Array<Candidate[] | undefined>((LONGEST + 1) << 5).fill(undefined)

HEADER_NAMES.forEach((spellings, index) => {
  for (const spelling of spellings) {
    if (spelling === undefined) continue
    const folded = spelling.toLowerCase()
    IDS.set(spelling, index + 1)
    IDS.set(folded, index + 1)
    const bucket = (folded.length << 5) | (folded.charCodeAt(0) & 31)
    BUCKETS[bucket] = [...(BUCKETS[bucket] ?? []), { id: index + 1, folded }]
  }
})
