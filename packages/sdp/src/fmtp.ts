/** Decides what the fmtp line of an answer says, codec by codec. RFC 3264 §6.1, RFC 4733 §2.4, RFC 7261 §3, RFC 7587 §7.1, RFC 3952 §5, RFC 4867 §8.3. */

/** `undefined`: the two cannot speak this codec to each other. */
export type FmtpAnswer = { readonly fmtp?: string } | undefined

/**
 * The parameters to answer, given what was offered and what we say of our own. A codec without a rule answers ours where we have
 * any, and else what was offered: parameters that nobody here understands are data.
 */
export function answerFmtp(codecName: string, offered: string | undefined, own: string | undefined): FmtpAnswer {
  const rule = RULES.get(codecName.toLowerCase())
  return rule ? rule(offered, own) : text(own ?? offered)
}

/** `a=1;b=2` as a map, names in lower case; the first of two counts. */
export function fmtpParameters(fmtp: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const part of (fmtp ?? '').split(';')) {
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase()
    if (name !== '' && !found.has(name)) found.set(name, equals < 0 ? '' : part.slice(equals + 1).trim())
  }
  return found
}

type FmtpRule = (offered: string | undefined, own: string | undefined) => FmtpAnswer

function text(fmtp: string | undefined): FmtpAnswer {
  return fmtp === undefined ? {} : { fmtp }
}

/** The events that both know; without a list 0 to 15 are meant. RFC 4733 §2.4.1. */
function events(offered: string | undefined, own: string | undefined): FmtpAnswer {
  const [theirs, ours] = [eventsOf(offered), eventsOf(own)]
  const ranges: string[] = []
  for (let from = 0; from < EVENTS; from++) {
    if (!theirs[from] || !ours[from]) continue
    let to = from
    while (to + 1 < EVENTS && theirs[to + 1] && ours[to + 1]) to++
    ranges.push(from === to ? `${from}` : `${from}-${to}`)
    from = to
  }
  return ranges.length > 0 ? { fmtp: ranges.join(',') } : undefined
}

function eventsOf(fmtp: string | undefined): boolean[] {
  const known = new Array<boolean>(EVENTS).fill(false)
  for (const part of (fmtp ?? '0-15').split(',')) {
    const range = /^\s*(\d{1,3})(?:-(\d{1,3}))?\s*$/.exec(part)
    if (!range) continue
    const from = Number(range[1])
    known.fill(true, from, Math.min(Number(range[2] ?? from), EVENTS - 1) + 1)
  }
  return known
}

/** Silence suppression is on unless one of the two says `no`, and then both must. RFC 7261 §3. */
function annex(name: string): FmtpRule {
  return (offered, own) => {
    const says = [offered, own].map(fmtp => fmtpParameters(fmtp).get(name)?.toLowerCase())
    return says.includes('no') ? { fmtp: `${name}=no` } : says.includes('yes') ? { fmtp: `${name}=yes` } : {}
  }
}

/** 20 ms frames only where both want them; 30 is the default. RFC 3952 §5. */
function ilbcMode(offered: string | undefined, own: string | undefined): FmtpAnswer {
  return { fmtp: `mode=${[offered, own ?? offered].every(one => fmtpParameters(one).get('mode') === '20') ? 20 : 30}` }
}

/** How payloads are packed must be the same on both sides. Without a preference of ours the offer is taken as it is. RFC 4867 §8.3.1. */
function amr(offered: string | undefined, own: string | undefined): FmtpAnswer {
  if (own === undefined) return text(offered)
  const [theirs, ours] = [fmtpParameters(offered), fmtpParameters(own)]
  return ['octet-align', 'crc', 'robust-sorting', 'interleaving'].every(one => (theirs.get(one) ?? '0') === (ours.get(one) ?? '0'))
    ? text(own)
    : undefined
}

/** Number of telephone events. RFC 4733 §7.1. */
const EVENTS = 256

const RULES: ReadonlyMap<string, FmtpRule> = new Map<string, FmtpRule>([
  ['telephone-event', events],
  ['g729', annex('annexb')],
  ['g723', annex('annexa')],
  ['ilbc', ilbcMode],
  ['amr', amr],
  ['amr-wb', amr],
  // Each side says what it likes to receive; nothing is agreed (RFC 7587 §7.1).
  ['opus', (_, own) => text(own)],
])
