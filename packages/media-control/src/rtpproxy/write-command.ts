/** Writes a command of rtpproxy's protocol, in the order and case that Kamailio has. */
import { bytesOf } from '../bytes.ts'
import type { RtppCommand, RtppTag, RtppUpdate } from './command.ts'
import { writeModifiers } from './modifiers.ts'
import { readRtppCommand } from './read-command.ts'

/** What goes behind the cookie. @throws {TypeError} for a field that cannot be written so that it reads back: empty, or with a blank. */
export function writeRtppCommand(command: RtppCommand): Uint8Array {
  const words = wordsOf(command)
  const odd = words.find(word => !/^[!-~\x80-\xff]+$/.test(word))
  if (odd !== undefined) throw new TypeError(`A word of the command ${command.command} is empty or not visible: ${JSON.stringify(odd)}`)
  const bytes = bytesOf(words.join(' '))
  const read = readRtppCommand(bytes)
  if (read.kind === 'error') throw new TypeError(`The command ${command.command} does not read back, E${read.code}: ${words.join(' ')}`)
  if (canonical(read.command) !== canonical(command)) throw new TypeError(`These words mean another command: ${words.join(' ')}`)
  return bytes
}

/** Text that two commands share when they say the same: what is false or empty is not there. */
function canonical(command: RtppCommand): string {
  return JSON.stringify(command, (_, value: unknown) => {
    if (value === false || (Array.isArray(value) && value.length === 0)) return undefined
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).sort()) : value
  })
}

function wordsOf(command: RtppCommand): readonly string[] {
  const write = WORDS[command.command] as (command: RtppCommand) => readonly string[]
  return write(command)
}

const WORDS: { readonly [Name in RtppCommand['command']]: (command: Extract<RtppCommand, { command: Name }>) => readonly string[] } = {
  version: () => ['V'],
  feature: ({ feature }) => ['VF', feature],
  update: streamWords,
  lookup: streamWords,
  delete: command => [command.weak ? 'DW' : 'D', command.callId, ...tags(command)],
  play: command => [`P${command.times ?? ''}`, command.callId, command.prompt, codecsWord(command.codecs), ...tags(command)],
  'stop-play': command => ['S', command.callId, ...tags(command)],
  record: command => [command.single ? 'RS' : 'R', command.callId, ...tags(command)],
  'stop-record': command => [command.all ? 'NA' : 'N', command.callId, ...tags(command)],
  copy: command => [command.single ? 'CS' : 'C', command.callId, command.target, ...tags(command)],
  query: queryWords,
  'delete-all': () => ['X'],
  statistics: ({ verbose, counters }) => [verbose ? 'GV' : 'G', ...counters],
  info: ({ brief, load }) => [`I${brief ? 'B' : ''}${load ? 'L' : ''}`],
}

function codecsWord(codecs: 'session' | readonly number[]): string {
  return codecs === 'session' ? codecs : codecs.join(',')
}

function queryWords(command: Extract<RtppCommand, { command: 'query' }>): readonly string[] {
  const { verbose, callId, to, counters = [] } = command
  if (counters.length > 0 && !to) throw new TypeError('A query that names its counters needs both tags')
  return [verbose ? 'QV' : 'Q', callId, ...tags(command), ...counters]
}

function streamWords(command: Extract<RtppCommand, { command: 'update' | 'lookup' }>): readonly string[] {
  const { callId, address, port } = command
  const letter = command.command === 'update' ? 'U' : 'L'
  const notify = command.command === 'update' && command.notify ? notifyWords(command.notify) : []
  return [`${letter}${writeModifiers(command)}`, callId, address, String(port), ...tags(command), ...notify]
}

function notifyWords({ socket, tag }: NonNullable<RtppUpdate['notify']>): readonly string[] {
  return tag === undefined ? [socket] : [socket, escaped(tag)]
}

/** Also what would look like a socket or join two commands: `/`, `:`, `&`. */
function escaped(text: string): string {
  return text.replace(/[^!-$'-.0-9;-~]/g, character => {
    const code = character.charCodeAt(0)
    if (code > 0xff) throw new TypeError(`A notification's tag has characters of one byte only: ${JSON.stringify(text)}`)
    return `%${code.toString(16).toUpperCase().padStart(2, '0')}`
  })
}

function tags({ from, to }: { readonly from: RtppTag; readonly to?: RtppTag }): readonly string[] {
  return (to ? [from, to] : [from]).map(({ tag, media }) => (media === undefined ? tag : `${tag};${media}`))
}
