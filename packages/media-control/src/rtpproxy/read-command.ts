/** Reads a command of rtpproxy's protocol: words between blanks, the first a letter and its modifiers. Answers with the code rtpproxy has. */
import { latin1 } from '../bytes.ts'
import type { RtppCommand, RtppTag, RtppUpdate } from './command.ts'
import { type Modifiers, readCodecs, readModifiers } from './modifiers.ts'
import { type RtppError, type RtppErrorName, rtppError } from './rtpp-error.ts'

/** A command, or the error that is its answer. */
export type RtppCommandRead = { readonly kind: 'command'; readonly command: RtppCommand } | RtppError

/** Takes what follows the cookie. Never throws. */
export function readRtppCommand(body: Uint8Array): RtppCommandRead {
  if (body.length > MAX_BYTES) return rtppError('unreadable')
  const words = latin1(body)
    .split(/[\r\n\t ]+/)
    .filter(word => word !== '')
  const [verb, ...args] = words
  if (verb === undefined || words.some(word => !VISIBLE.test(word))) return rtppError('unreadable')
  const isFeature = /^vf/i.test(verb)
  const reader = isFeature ? READERS.vf : READERS[verb[0]!.toLowerCase()]
  if (!reader) return rtppError('unknown-command')
  if (args.includes('&&')) return rtppError('subcommand-not-taken')
  const [least, most, read] = reader
  if (args.length < least || args.length > most) return rtppError('argument-count')
  const command = read(args, verb.slice(isFeature ? 2 : 1))
  return typeof command === 'string' ? rtppError(command) : { kind: 'command', command }
}

/** `TAG` or `TAG;MEDIA`. */
export function readTag(word: string): RtppTag {
  const match = /^(.+);([1-9]\d{0,4})$/.exec(word)
  return match ? { tag: match[1]!, media: Number(match[2]) } : { tag: word }
}

type Reader = readonly [least: number, most: number, read: (args: readonly string[], modifiers: string) => RtppCommand | RtppErrorName]

interface Session {
  readonly callId: string
  readonly from: RtppTag
  readonly to?: RtppTag
}

function session(callId: string, from: string, to: string | undefined): Session {
  return { callId, from: readTag(from), ...(to === undefined ? {} : { to: readTag(to) }) }
}

function stream(args: readonly string[], letters: string): (Session & Modifiers & { address: string; port: number }) | RtppErrorName {
  const modifiers = readModifiers(letters)
  if (typeof modifiers === 'string') return modifiers
  const [callId, address, portText, from, to] = args
  const port = PORT.test(portText!) ? Number(portText) : 65_536
  if (port > 65_535) return 'media-address'
  return { ...session(callId!, from!, to), address: address!, port, ...modifiers }
}

/**
 * Seven words in all are ambiguous: rtpproxy takes the last two as socket and tag of a notification. Kamailio 5.6 sends a tag of the
 * dialog and a socket without a tag.
 */
function notifyOf(args: readonly string[]): { readonly to?: string; readonly notify?: RtppUpdate['notify'] } | RtppErrorName {
  const [a, b, c] = args.slice(4)
  const last = args.length - 4
  if (last <= 0) return {}
  if (last === 1) return isSocket(a!) ? { notify: { socket: a! } } : { to: a! }
  if (last === 2 && isSocket(b!) && !isSocket(a!)) return { to: a!, notify: { socket: b! } }
  const [socket, escaped] = last === 2 ? [a!, b!] : [b!, c!]
  const tag = unescaped(escaped)
  if (tag === undefined) return 'notify-tag'
  return { ...(last === 3 ? { to: a! } : {}), notify: { socket, tag } }
}

/** @internal Whether a word names a socket for notifications. */
export function isSocket(word: string): boolean {
  return /^(?:\/|%%CC_SELF%%|(?:unix|tcp6?|udp6?|http):)/.test(word)
}

function unescaped(text: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function update(args: readonly string[], letters: string): RtppCommand | RtppErrorName {
  const rest = notifyOf(args)
  if (typeof rest === 'string') return rest
  const read = stream([...args.slice(0, 4), ...(rest.to === undefined ? [] : [rest.to])], letters)
  if (typeof read === 'string') return read
  return { command: 'update', ...read, ...(rest.notify ? { notify: rest.notify } : {}) }
}

function lookup(args: readonly string[], letters: string): RtppCommand | RtppErrorName {
  const read = stream(args, letters)
  return typeof read === 'string' ? read : { command: 'lookup', ...read }
}

function play([callId, prompt, codecs, from, to]: readonly string[], times: string): RtppCommand | RtppErrorName {
  if (!/^(?:-?\d{1,9})?$/.test(times)) return 'play-times'
  const types = codecs === 'session' ? codecs : readCodecs(codecs!)
  if (types === undefined) return 'play-failed'
  return { command: 'play', ...session(callId!, from!, to), prompt: prompt!, codecs: types, ...(times ? { times: Number(times) } : {}) }
}

/** Letters that are there or not; anything else is `fault`. */
function flags<N extends string>(letters: string, known: Readonly<Record<string, N>>): { [K in N]?: true } | undefined {
  const found: { [K in N]?: true } = {}
  for (const letter of letters.toLowerCase()) {
    const name = known[letter]
    if (name === undefined) return undefined
    found[name] = true
  }
  return found
}

function simple(letters: string, command: RtppCommand): RtppCommand | RtppErrorName {
  return letters === '' ? command : 'modifiers-not-taken'
}

const VISIBLE = /^[!-~\x80-\xff]+$/
const PORT = /^\d{1,5}$/
const MAX_BYTES = 8191
const MAX_COUNTERS = 32

const READERS: Readonly<Record<string, Reader>> = {
  v: [0, 0, (_, letters) => simple(letters, { command: 'version' })],
  vf: [1, 1, ([feature], letters) => simple(letters, { command: 'feature', feature: feature! })],
  u: [4, 7, update],
  l: [4, 5, lookup],
  d: [
    2,
    3,
    ([callId, from, to], letters) => {
      const read = flags(letters, { w: 'weak' })
      return read ? { command: 'delete', ...session(callId!, from!, to), ...read } : 'delete-modifier'
    },
  ],
  p: [4, 5, play],
  s: [2, 3, ([callId, from, to], letters) => simple(letters, { command: 'stop-play', ...session(callId!, from!, to) })],
  r: [
    2,
    3,
    ([callId, from, to], letters) => {
      if (letters.length > 1 && /^s/i.test(letters)) return 'record-after-single'
      const read = flags(letters, { s: 'single' })
      return read ? { command: 'record', ...session(callId!, from!, to), ...read } : 'record-modifier'
    },
  ],
  n: [
    2,
    3,
    ([callId, from, to], letters) => {
      const read = flags(letters, { a: 'all' })
      return read ? { command: 'stop-record', ...session(callId!, from!, to), ...read } : 'modifiers-not-taken'
    },
  ],
  c: [
    3,
    4,
    ([callId, target, from, to], letters) => {
      if (letters.length > 1 && /^s/i.test(letters)) return 'record-after-single'
      const read = flags(letters, { s: 'single' })
      return read ? { command: 'copy', ...session(callId!, from!, to), target: target!, ...read } : 'record-modifier'
    },
  ],
  q: [
    2,
    3 + MAX_COUNTERS,
    ([callId, from, to, ...counters], letters) => {
      const read = flags(letters, { v: 'verbose' })
      if (!read) return 'query-modifier'
      return { command: 'query', ...session(callId!, from!, to), ...read, ...(counters.length > 0 ? { counters } : {}) }
    },
  ],
  x: [0, 0, (_, letters) => simple(letters, { command: 'delete-all' })],
  g: [
    0,
    MAX_COUNTERS,
    (counters, letters) => {
      const read = flags(letters, { v: 'verbose' })
      return read ? { command: 'statistics', counters, ...read } : 'statistics-modifier'
    },
  ],
  i: [
    0,
    0,
    (_, letters) => {
      const read = flags(letters, { b: 'brief', l: 'load' })
      return read ? { command: 'info', ...read } : 'info-modifier'
    },
  ],
}
