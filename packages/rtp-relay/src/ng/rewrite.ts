/** Writes the relay's ports and addresses into an SDP on its way to the other side, as an rtpengine does; what it does not name stays as it came. RFC 3264 §5. */
import { latin1, type Sdp } from '@strowger/sdp'
import { DIRECTIONS } from './direction.ts'
import { connectionLine, familyName } from './family.ts'
import type { MediaRewrite } from './media-line.ts'
import { originLine } from './origin.ts'
import type { Rules } from './rules.ts'
import type { Leg } from './session.ts'

/** What is written of the session. */
export interface SessionRewrite {
  /** Our address towards the reader; `undefined` where no m-line is relayed. */
  readonly address: string | undefined
  /** The session's c= line is replaced too. */
  readonly connection: string | undefined
  /** Of this relay, for `loop-protect`. */
  readonly mark: string | undefined
}

/** One character per byte. `to` is who will read it. */
export function rewrite(
  text: string | Uint8Array,
  sdp: Sdp,
  to: Leg,
  rules: Rules,
  session: SessionRewrite,
  media: readonly MediaRewrite[],
): string {
  const source = typeof text === 'string' ? text : latin1(text)
  const end = source.includes('\r\n') ? '\r\n' : '\n'
  const out: string[] = []
  let now: MediaRewrite | undefined
  let index = 0
  for (const raw of source.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line.startsWith('m=')) {
      out.push(...addedAfter(now, session))
      now = media[index++]!
      out.push(...firstLines(now))
      continue
    }
    const kept = now ? mediaLine(line, now) : sessionLine(line, sdp, rules, session)
    if (kept !== undefined && kept.trim() !== '') out.push(kept)
  }
  out.push(...addedAfter(now, session), '')
  return originLine(out.join(end), to.told, rules)
}

function firstLines({ first, connection }: MediaRewrite): readonly string[] {
  return connection.kind === 'added' ? [first, connectionLine(connection.address!)] : [first]
}

function addedAfter(media: MediaRewrite | undefined, { mark }: SessionRewrite): readonly string[] {
  return media?.added ?? (mark === undefined ? [] : [`a=rtpengine:${mark}`])
}

function sessionLine(line: string, sdp: Sdp, rules: Rules, { address, connection }: SessionRewrite): string | undefined {
  if (line.startsWith('a=')) return sessionAttribute(line, rules)
  if (line.startsWith('c=')) return connection === undefined ? line : connectionLine(connection)
  if (line.startsWith('o=') && rules.replace.has('origin') && address !== undefined && sdp.origin) {
    const { username, sessionId, sessionVersion, networkType } = sdp.origin
    return `o=${username} ${sessionId} ${sessionVersion} ${networkType} ${familyName(address)} ${address}`
  }
  return line
}

/** Directions are said again below each m-line. */
function sessionAttribute(line: string, { flags }: Rules): string | undefined {
  const name = attributeName(line)
  if (ICE.has(name) || name === 'rtpengine' || /^a=group:BUNDLE\b/.test(line)) return undefined
  return (DIRECTIONS as readonly string[]).includes(name) && !flags.has('original-sendrecv') ? undefined : line
}

function mediaLine(line: string, media: MediaRewrite): string | undefined {
  if (line.startsWith('c=')) return media.connection.kind === 'replaced' ? connectionLine(media.connection.address!) : line
  if (!line.startsWith('a=')) return line
  const name = attributeName(line)
  if (ICE.has(name) || media.removed.has(name)) return undefined
  if (media.formats === undefined || !OF_FORMAT.has(name)) return line
  const format = /^a=[a-z-]+:(\S+)/.exec(line)?.[1]
  return format === undefined || format === '*' || media.formats.has(format) ? line : undefined
}

function attributeName(line: string): string {
  const colon = line.indexOf(':')
  return colon < 0 ? line.slice(2).trimEnd() : line.slice(2, colon)
}

const OF_FORMAT: ReadonlySet<string> = new Set(['rtpmap', 'fmtp', 'rtcp-fb'])
/** The relay ends ICE: candidates of the far side would lead past it. */
const ICE: ReadonlySet<string> = new Set([
  ...['candidate', 'ice-ufrag', 'ice-pwd', 'ice-options', 'ice-lite', 'ice-mismatch', 'ice-pacing', 'remote-candidates'],
  'end-of-candidates',
])
