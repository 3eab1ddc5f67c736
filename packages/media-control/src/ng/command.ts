/** The commands of the NG protocol that we send and understand, and the check of those that arrive. */
import type { BDict, BValue } from '../bencode.ts'
import type { ByteString } from '../bytes.ts'

/** What names a media session and its parties; the tags are those of the SIP dialog. */
interface NgCall extends BDict {
  readonly 'call-id': string
  /** Tells the branches of a forked call apart. */
  readonly 'via-branch'?: string
}

/** How an SDP is to be rewritten. Fields that are not listed travel too. */
interface NgRewrite extends NgCall {
  readonly sdp: ByteString
  /** Lines whose address is replaced. */
  readonly replace?: readonly string[]
  readonly ICE?: string
  readonly flags?: readonly string[]
  /** Where the SIP message came from: `['IP4', '192.0.2.1']`. */
  readonly 'received-from'?: readonly string[]
  /** Used instead of every address in the SDP. */
  readonly 'media-address'?: string
  /** Names of the interfaces towards the sender of the SDP and its receiver. */
  readonly direction?: readonly string[]
  readonly 'transport-protocol'?: string
  readonly 'rtcp-mux'?: readonly string[]
  readonly 'address-family'?: string
}

/** Asks whether the relay is there. */
export interface NgPing extends BDict {
  readonly command: 'ping'
}
/** Takes an offer of the party `from-tag`, answers it rewritten. `to-tag` where the dialog has one already. */
export interface NgOffer extends NgRewrite {
  readonly command: 'offer'
  /** Tag of the party that makes the offer. */
  readonly 'from-tag': string
  /** Tag of the other party, once the dialog has one. */
  readonly 'to-tag'?: string
}
/** Takes the answer of the party `to-tag` to the offer of `from-tag`, answers it rewritten. */
export interface NgAnswer extends NgRewrite {
  readonly command: 'answer'
  /** Tag of the party that made the offer. */
  readonly 'from-tag': string
  /** Tag of the party that answers. */
  readonly 'to-tag': string
}
/** Ends the session, or what the tags and the branch name of it; the reply has its statistics. */
export interface NgDelete extends NgCall {
  readonly command: 'delete'
  /** Only the party of this tag; without it, all of the session. */
  readonly 'from-tag'?: string
  /** Only what this party answered. */
  readonly 'to-tag'?: string
  /** Seconds; 0 frees the ports at once. */
  readonly 'delete-delay'?: number
}
/** Asks for the statistics of a session. */
export interface NgQuery extends NgCall {
  readonly command: 'query'
  /** Only the party of this tag. */
  readonly 'from-tag'?: string
  /** Only what this party answered. */
  readonly 'to-tag'?: string
}
/** Asks for the call-ids of the sessions there are, at most `limit`. */
export interface NgList extends BDict {
  readonly command: 'list'
  /** At most so many call-ids. Default: the relay's own, 32. */
  readonly limit?: number
}
/** Asks for the counters of the relay. */
export interface NgStatistics extends BDict {
  readonly command: 'statistics'
}
/** Stops what a party sends, or lets it through again; without a tag, of all parties. */
export interface NgGate extends NgCall {
  /** What is held back, or let through again. */
  readonly command: 'block media' | 'unblock media' | 'block DTMF' | 'unblock DTMF' | 'silence media' | 'unsilence media'
  /** Only what this party sends. */
  readonly 'from-tag'?: string
  /** Only what this party sends, by its label. */
  readonly label?: string
  /** Only what the party at this address sends. */
  readonly address?: string
  /** `all`: whoever is named otherwise. */
  readonly flags?: readonly string[]
}
/** Sends a copy of the media elsewhere, or stops that. */
export interface NgForwarding extends NgCall {
  /** Whether a copy of what arrives is sent to a recorder. */
  readonly command: 'start forwarding' | 'stop forwarding'
  /** Only what this party sends. */
  readonly 'from-tag'?: string
}
/** Ours: makes a session that sends what a party sends back to that party, and answers its offer. An rtpengine does not know it. */
export interface NgEcho extends NgCall {
  readonly command: 'echo'
  /** Tag of the party that is to hear itself. */
  readonly 'from-tag': string
  /** Its offer. */
  readonly sdp: ByteString
}

/**
 * Ours: asks which sessions ended because nobody sent anything any more, since the one numbered `after` of the relay's life `epoch`. Who
 * controls sessions asks now and then, and ends the calls they were for. An rtpengine does not know it.
 */
export interface NgSilent extends BDict {
  readonly command: 'silent'
  /** `last` of the reply before. Default 0: all that are remembered. */
  readonly after?: number
  /** `epoch` of the reply before; of another life all are told. */
  readonly epoch?: number
}

/** What may be asked of a media relay, by `command`. */
export type NgCommand = NgPing | NgOffer | NgAnswer | NgDelete | NgQuery | NgList | NgStatistics | NgGate | NgForwarding | NgEcho | NgSilent

/** A command that can be handled, or the reason to answer with. */
export type NgCommandRead =
  | { readonly kind: 'command'; readonly command: NgCommand }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Checks that a body is a command with the fields it needs, of the types they have. Other controllers' ways of writing are
 * understood: a space for the hyphen in a name (`via branch`), a single string for a list, digits for a number. SDPs are not looked at.
 */
export function readCommand(body: BDict): NgCommandRead {
  const name = body.command
  if (typeof name !== 'string' || !Object.hasOwn(NEEDED, name)) return { kind: 'refused', reason: 'Unrecognized command' }
  let command: BDict = body
  for (const key of Object.keys(body)) {
    const field = key.replaceAll(' ', '-')
    const type = TYPES.get(field)
    const value = body[field] ?? body[key]
    if (type === undefined || value === undefined) continue
    const usual = usualForm(value, type)
    if (!TYPE_CHECKS[type](usual)) return { kind: 'refused', reason: `${field} is not a ${type}` }
    if (command[field] !== usual) command = { ...command, [field]: usual }
  }
  const missing = NEEDED[name as NgCommand['command']].find(field => !command[field])
  return missing
    ? { kind: 'refused', reason: `No ${missing === 'sdp' ? 'SDP body' : missing} in message` }
    : { kind: 'command', command: command as unknown as NgCommand }
}

function usualForm(value: BValue, type: FieldType): BValue {
  if (typeof value !== 'string') return value
  if (type === 'list') return [value]
  return type === 'number' && DIGITS.test(value) ? Number(value) : value
}

type FieldType = 'string' | 'number' | 'list'

const TYPE_CHECKS: Readonly<Record<FieldType, (value: BValue) => boolean>> = {
  string: value => typeof value === 'string',
  number: value => typeof value === 'number',
  list: value => Array.isArray(value) && value.every(item => typeof item === 'string'),
}

const NEEDED: Readonly<Record<NgCommand['command'], readonly string[]>> = {
  ping: [],
  offer: ['call-id', 'from-tag', 'sdp'],
  answer: ['call-id', 'from-tag', 'to-tag', 'sdp'],
  delete: ['call-id'],
  query: ['call-id'],
  list: [],
  statistics: [],
  'block media': ['call-id'],
  'unblock media': ['call-id'],
  'block DTMF': ['call-id'],
  'unblock DTMF': ['call-id'],
  'silence media': ['call-id'],
  'unsilence media': ['call-id'],
  'start forwarding': ['call-id'],
  'stop forwarding': ['call-id'],
  echo: ['call-id', 'from-tag', 'sdp'],
  silent: [],
}

const TYPES: ReadonlyMap<string, FieldType> = new Map(
  Object.entries<FieldType>({
    'call-id': 'string',
    'from-tag': 'string',
    'to-tag': 'string',
    'via-branch': 'string',
    sdp: 'string',
    replace: 'list',
    ICE: 'string',
    flags: 'list',
    'received-from': 'list',
    'media-address': 'string',
    direction: 'list',
    'transport-protocol': 'string',
    'rtcp-mux': 'list',
    'address-family': 'string',
    'delete-delay': 'number',
    limit: 'number',
    label: 'string',
    'set-label': 'string',
    address: 'string',
    after: 'number',
    epoch: 'number',
  }),
)

const DIGITS = /^\d{1,15}$/
