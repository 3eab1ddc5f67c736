/** Keeps what a reader was told of a session's origin, where the controller wants that: name, id, title, and a version that counts. RFC 8866 §5.2, RFC 3264 §8. */
import type { Rules } from './rules.ts'
import type { Told } from './session.ts'

export function originLine(sdp: string, told: Told, { replace }: Rules): string {
  const from = sdp.indexOf('\no=') + 1
  if (from === 0 || !KEEPERS.some(one => replace.has(one))) return sdp
  const to = sdp.indexOf('\n', from)
  const parts = sdp
    .slice(from + 2, to)
    .trimEnd()
    .split(' ')
  const [id = '0', came = '0', ...where] = parts.slice(-5)
  told.username ??= parts.slice(0, -5).join(' ')
  told.sessionId ??= id
  const username = replace.has('username') ? told.username : parts.slice(0, -5).join(' ')
  const sessionId = replace.has('sess-id') ? told.sessionId : id
  const end = sdp[to - 1] === '\r' ? '\r' : ''
  const body = replace.has('session-name') ? withName(sdp.slice(to), told) : sdp.slice(to)
  const version = nextVersion(came, `${username} ${sessionId} ${where.join(' ')}${body}`, told, replace)
  return `${sdp.slice(0, from)}o=${username} ${sessionId} ${version} ${where.join(' ')}${end}${body}`
}

function withName(body: string, told: Told): string {
  told.sessionName ??= /(?:^|\n)s=([^\r\n]*)/.exec(body)?.[1] ?? '-'
  return body.replace(/(^|\n)s=[^\r\n]*/, (_, before: string) => `${before}s=${told.sessionName}`)
}

/** One more than the last, where anything else changed; as it came where nobody wants it counted. */
function nextVersion(came: string, body: string, told: Told, replace: Rules['replace']): string {
  const always = replace.has('force-increment-sdp-ver')
  if (!always && !replace.has('sdp-version')) return came
  const same = told.body === body && !always
  told.version = told.version === undefined ? versionOf(came) : same ? told.version : told.version + 1n
  told.body = body
  return String(told.version)
}

function versionOf(text: string): bigint {
  return /^\d{1,20}$/.test(text) ? BigInt(text) : 0n
}

const KEEPERS = ['username', 'sess-id', 'session-name', 'sdp-version', 'force-increment-sdp-ver']
