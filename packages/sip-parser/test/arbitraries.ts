/** Random values for each header definition, and random messages. */
import fc from 'fast-check'
import type { AuthParams, HeaderDef, MediaType, NameAddr, Uri } from '../src/index.ts'
import * as sip from '../src/index.ts'

const of = (characters: string, minLength: number, maxLength = 12): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength })

const wellFormed = (value: string): string => Buffer.from(value).toString()

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789'
export const token = of(`${LOWER}ABCXYZ-.!%*_+\`'~`, 1)
const name = of(`${LOWER}-.!%*_+\`'~`, 1)
/** Text of any kind, but for line breaks. */
export const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map(value => wellFormed(value.replace(/[\r\n]/g, '?')))
const trimmed = text.map(value => value.trim())

const host = fc.oneof(of(`${LOWER}-.`, 1), fc.constantFrom('192.0.2.1', '2001:db8::1', '::'))
const port = fc.integer({ min: 0, max: 65_535 })
const escaped = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).map(wellFormed)
const uriParams = fc
  .array(
    fc.tuple(
      escaped.map(value => value.toLowerCase()),
      fc.oneof(fc.constant(''), escaped),
    ),
    { maxLength: 3 },
  )
  .map(pairs => new Map(pairs))
const sipUri = fc.record(
  { scheme: fc.constantFrom('sip', 'sips'), user: escaped, host, port, params: uriParams, headers: uriParams },
  { requiredKeys: ['scheme', 'host', 'params', 'headers'] },
)
const withPassword = fc
  .tuple(sipUri, fc.option(escaped))
  .map(([uri, password]) => (uri.user === undefined || password === null ? uri : { ...uri, password }))
const nothing = new Map<string, string>()
const telUri = fc.record({
  scheme: fc.constant('tel'),
  user: fc.tuple(fc.constantFrom('', '+'), of('0123456789-.()', 0), of('0123456789', 1)).map(parts => parts.join('')),
  host: fc.constant(''),
  params: uriParams,
  headers: fc.constant(nothing),
})
const otherUri = fc.record({
  scheme: fc.constant('urn'),
  host: fc.constant(''),
  params: fc.constant(nothing),
  headers: fc.constant(nothing),
  opaque: of(`${LOWER}:/,;?=&@`, 1),
})
export const uri: fc.Arbitrary<Uri> = fc.oneof(withPassword, telUri, otherUri)

const params = fc.array(fc.tuple(name, text), { maxLength: 3 }).map(pairs => new Map(pairs))
const some = params.filter(map => map.size > 0)
const nameAddr: fc.Arbitrary<NameAddr> = fc.record(
  { displayName: text.filter(value => value !== ''), uri, params },
  { requiredKeys: ['uri', 'params'] },
)
const mediaType: fc.Arbitrary<MediaType> = fc.record({ type: fc.tuple(name, name).map(parts => parts.join('/')), params })
const auth: fc.Arbitrary<AuthParams> = fc.oneof(
  fc.record({ scheme: token, params: some }),
  fc.record({ scheme: token, params: fc.constant(nothing), token: of(`${LOWER}-._~+/`, 1) }),
)
const via = fc.record(
  {
    transport: fc.constantFrom('UDP', 'TCP', 'TLS', 'WSS', 'Pigeon'),
    host,
    port,
    branch: token,
    received: fc.constantFrom('192.0.2.1', '2001:db8::9'),
    rport: fc.oneof(fc.constant(true as const), port),
    params: some.filter(map => !['branch', 'received', 'rport'].some(key => map.has(key))),
  },
  { requiredKeys: ['transport', 'host'] },
)
const reason = fc.record(
  { protocol: token, cause: fc.nat(999_999_999), text: text, params: some.filter(map => !map.has('cause') && !map.has('text')) },
  { requiredKeys: ['protocol'] },
)
const retryAfter = fc.record({ seconds: fc.nat(), comment: of(`${LOWER} ,;"`, 0), params: some }, { requiredKeys: ['seconds'] })
const warning = fc.record({ code: fc.integer({ min: 100, max: 999 }), agent: token, text })
const timestamp = fc.record({ sent: fc.nat().map(String), delay: fc.constantFrom('0.5', '.1', '3.') }, { requiredKeys: ['sent'] })
const seconds = fc.integer({ min: 0, max: 2 ** 32 - 1 })

export interface Sample {
  readonly def: HeaderDef<unknown>
  readonly value: fc.Arbitrary<unknown>
}

/** Every definition with values it can hold. */
export const SAMPLES: readonly Sample[] = [
  ...[sip.From, sip.To, sip.Route, sip.RecordRoute, sip.Path, sip.ServiceRoute, sip.PAssertedIdentity].map(def => ({
    def,
    value: nameAddr,
  })),
  ...[sip.Authorization, sip.ProxyAuthorization, sip.WwwAuthenticate, sip.ProxyAuthenticate].map(def => ({ def, value: auth })),
  ...[sip.Supported, sip.Require, sip.ProxyRequire, sip.Unsupported, sip.Allow].map(def => ({ def, value: token })),
  ...[sip.UserAgent, sip.Server, sip.Subject].map(def => ({ def, value: trimmed })),
  ...[sip.Expires, sip.MinExpires].map(def => ({ def, value: seconds })),
  ...[sip.Accept, sip.ContentType].map(def => ({ def, value: mediaType })),
  { def: sip.Via, value: via },
  { def: sip.Contact, value: fc.oneof(nameAddr, fc.constant('*')) },
  { def: sip.CallId, value: token },
  { def: sip.CSeq, value: fc.record({ sequence: fc.integer({ min: 0, max: 2 ** 31 - 1 }), method: token }) },
  { def: sip.MaxForwards, value: fc.integer({ min: 0, max: 255 }) },
  { def: sip.ContentLength, value: fc.nat() },
  { def: sip.Reason, value: reason },
  { def: sip.RetryAfter, value: retryAfter },
  { def: sip.Warning, value: warning },
  { def: sip.Timestamp, value: timestamp },
  { def: sip.Privacy, value: fc.array(name, { minLength: 1, maxLength: 3 }) },
  { def: sip.Event, value: fc.record({ type: token, params }) },
  { def: sip.DateHeader, value: fc.integer({ min: 0, max: 4_000_000_000 }).map(value => value * 1000) },
]
