/** Any command of rtpproxy's protocol, and any reply to it, for fast-check. */
import fc from 'fast-check'
import { QUERY_COUNTERS, type RtppCommand, type RtppReply } from '../../src/rtpproxy.ts'

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const visible = fc.string({ unit: fc.constantFrom(...'abcXYZ019.-_@;%+/:=~!\xe9'), minLength: 1, maxLength: 12 })
/** A word that is no `&&`, no socket, and ends in no number of an m-line. */
const word = visible.filter(text => !/^(?:\/|&&$|[a-z0-9]+:)/i.test(text) && !/;[1-9]\d{0,4}$/.test(text))
const flag = optional(fc.constant(true as const))
const tag = fc.record({ tag: word, media: optional(fc.integer({ min: 1, max: 99_999 })) }).map(dropped)
const session = { callId: word, from: tag, to: optional(tag) }
const codecs = fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: 6 })
const address = fc.constantFrom('192.0.2.1', '0.0.0.0', '2001:db8::1', '::ffff:192.0.2.1')
const stream = {
  ...session,
  address,
  port: fc.integer({ min: 0, max: 65_535 }),
  symmetry: optional(fc.constantFrom('asymmetric', 'symmetric')),
  directions: optional(fc.array(fc.constantFrom('external', 'internal'), { minLength: 1, maxLength: 2 })),
  family: optional(fc.constantFrom(4, 6)),
  weak: flag,
  ptimeMs: optional(fc.integer({ min: 1, max: 999 })),
  local: optional(address),
  remote: optional(address),
  newPort: flag,
  codecs: optional(codecs),
}
const socket = fc.constantFrom('unix:/run/timeout', '/run/timeout', 'tcp:192.0.2.1:9000', 'http://192.0.2.1/RPC2', '%%CC_SELF%%')
const notify = fc.record({ socket, tag: optional(fc.string({ unit: fc.constantFrom(...'az09 %\0\xff&;/:'), minLength: 1, maxLength: 8 })) })
const names = fc.array(word, { minLength: 1, maxLength: 5 })

const commands: Readonly<Record<Exclude<RtppCommand['command'], 'query'>, object>> = {
  version: {},
  feature: { feature: fc.constantFrom('20040107', '20050322') },
  update: { ...stream, notify: optional(notify.map(dropped)) },
  lookup: stream,
  delete: { ...session, weak: flag },
  play: { ...session, prompt: word, codecs: fc.oneof(fc.constant('session'), codecs), times: optional(fc.integer({ min: -99, max: 99 })) },
  'stop-play': session,
  record: { ...session, single: flag },
  'stop-record': { ...session, all: flag },
  copy: { ...session, target: word, single: flag },
  'delete-all': {},
  statistics: { verbose: flag, counters: fc.array(word, { maxLength: 5 }) },
  info: { brief: flag, load: flag },
}

const query = fc.oneof(
  fc.record({ command: fc.constant('query'), ...session, verbose: flag }),
  fc.record({ command: fc.constant('query'), ...session, to: tag, verbose: flag, counters: names }),
)

/** Every command there is, with any of its fields. */
export const rtppCommand: fc.Arbitrary<RtppCommand> = fc
  .oneof(query, ...Object.entries(commands).map(([name, fields]) => fc.record({ command: fc.constant(name), ...fields })))
  .map(one => dropped(one) as RtppCommand)

/** A command and a reply to it. */
export const exchange: fc.Arbitrary<readonly [RtppCommand, RtppReply]> = rtppCommand.chain(command =>
  fc
    .oneof(
      { weight: 4, arbitrary: replyTo(command) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('error' as const), code: fc.nat(999) }) },
    )
    .map(reply => [command, reply] as const),
)

function replyTo(command: RtppCommand): fc.Arbitrary<RtppReply> {
  const count = fc.nat(2 ** 31)
  const counters = (wanted: readonly string[]): fc.Arbitrary<RtppReply> =>
    fc
      .array(fc.oneof(count, fc.constantFrom(-1, 0.25, 12.5)), { minLength: wanted.length, maxLength: wanted.length })
      .map(values => ({ kind: 'counters', counters: wanted.map((name, index) => ({ name, value: values[index]! })) }))
  switch (command.command) {
    case 'version':
      return fc.constant({ kind: 'version', version: '20040107' })
    case 'feature':
      return fc.boolean().map(known => ({ kind: 'feature', known }))
    case 'update':
    case 'lookup':
      return fc
        .record({ kind: fc.constant('port' as const), port: fc.nat(65_535), address: optional(address) })
        .map(one => dropped(one) as RtppReply)
    case 'query':
      return counters(command.counters ?? QUERY_COUNTERS)
    case 'statistics':
      return counters(command.counters)
    case 'info':
      return fc.record({
        kind: fc.constant('info' as const),
        sessionsCreated: count,
        activeSessions: count,
        activeStreams: count,
        packetsReceived: count,
        packetsTransmitted: count,
      })
    default:
      return fc.constant({ kind: 'done' })
  }
}

/** Without the fields that are not there. */
function dropped<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
