/** Every key of the configuration with its unit, default and what it changes. The defaults are a laptop: SQLite and loopback. */
import type { Static, TArray, TBoolean, TInteger, TObject, TSchema, TString, TUnsafe } from 'typebox'

/** A role is a kind of process: `strowger start` runs one child per role. */
export type Role = 'users-proxy' | 'trunks-proxy' | 'appserver' | 'media' | 'portal' | 'jobs' | 'carrier'

export const ROLES: readonly Role[] = ['users-proxy', 'trunks-proxy', 'appserver', 'media', 'portal', 'jobs', 'carrier']

/** Roles that run here: those of `roles`, the demo carrier only where it is enabled. */
export function rolesOf(config: Pick<Config, 'roles' | 'carrier'>): readonly Role[] {
  return config.roles.filter(role => role !== 'carrier' || config.carrier.enabled)
}

/** Where something inside the house listens. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** What a daemon is told; frozen, complete (every default filled in), `data` and the files absolute. */
export interface Config {
  /** Address of what faces phones and carriers: both proxies and the relay. It is written into SIP and SDP. */
  readonly listen: string
  /** Absolute folder of everything kept. */
  readonly data: string
  readonly store: { readonly kind: 'sqlite' | 'memory' /** Absolute. */; readonly file: string }
  /** Absolute file of the keys the daemons share. */
  readonly secret: string
  /** Timers in milliseconds. RFC 3261 §17.1.1.1. `shareWakeUpsUs`: of the proxies' UDP sockets, see dgram-ext. */
  readonly sip: {
    readonly t1: number
    readonly t2: number
    readonly t4: number
    readonly leastD: number
    readonly shareWakeUpsUs: number
  }
  /** 0 as a port lets the kernel choose (tests). */
  readonly usersProxy: {
    readonly udp: number
    readonly tcp: number
    readonly tls: number
    readonly ws: number
    readonly wss: number
    readonly workers: number
    readonly nextPhonesSeconds: number
  }
  readonly trunksProxy: {
    readonly udp: number
    readonly tcp: number
    readonly tls: number
    readonly workers: number
    /** Of carriers that connect to us over TLS. RFC 3261 §26.3.2.1. */
    readonly clientCertificate: 'none' | 'asked' | 'required'
    /** Carriers may send their requests by the connections we open to them. RFC 5923. */
    readonly alias: boolean
  }
  /** Of each proxy, accepted ones: how many, and for how long they may keep us waiting. RFC 3261 §18.2. */
  readonly connections: {
    readonly most: number
    readonly perAddress: number
    readonly handshakeMs: number
    readonly messageMs: number
    readonly idleSeconds: number
  }
  /** `servers`: `ADDRESS` or `ADDRESS:PORT`; empty: those of the machine. RFC 3263. */
  readonly dns: { readonly servers: readonly string[] }
  /** Files are absolute, in PEM. `verify`: what a carrier's certificate must prove. RFC 5922 §7.3, RFC 6066 §3. */
  readonly tls: {
    readonly cert: string
    readonly key: string
    /** For the names in them, when a client asks by SNI. */
    readonly certificates: readonly { readonly cert: string; readonly key: string }[]
    /** Authorities that are believed, and no others; empty: those that Node.js brings. */
    readonly ca: readonly string[]
    readonly verify: 'domain' | 'chain' | 'nothing'
  }
  /** `noAnswer` and `maxCallSeconds` in seconds. */
  readonly appserver: { readonly address: string; readonly udp: number; readonly noAnswer: number; readonly maxCallSeconds: number }
  readonly media: {
    /** Where our relay takes commands. */
    readonly ng: Endpoint
    /** Where it takes them over TCP, and over HTTP and WebSocket, too. */
    readonly ngTcp: Endpoint & { readonly enabled: boolean }
    readonly ngHttp: Endpoint & { readonly enabled: boolean }
    /** Where it takes those of rtpproxy's protocol too, from a Kamailio or a Sippy B2BUA. */
    readonly rtpproxy: Endpoint & { readonly enabled: boolean }
    /** Where RTP is taken and sent; none: `listen`. Two of one name are its IPv4 and its IPv6. */
    readonly interfaces: readonly {
      readonly name: string
      readonly address: string
      /** Written into SDP in place of `address`; empty: `address`. */
      readonly advertised: string
    }[]
    /** RTP ports, both ends included. */
    readonly ports: { readonly from: number; readonly to: number }
    readonly threads: number
    /** An answered session from which nobody sends is over after so long; 0 never. */
    readonly silenceSeconds: number
    /** A session whose controller deletes it, and does not say when, stays so long; 0 not at all. */
    readonly deleteDelaySeconds: number
    /** Under load a relay thread waits so many µs at most, so that one wake-up brings packets of many streams; 0 never. */
    readonly shareWakeUpsUs: number
    /** Whether the kernel forwards plain RTP by itself, where this process may load BPF, and where its file system is. */
    readonly fastPath: 'auto' | 'off'
    readonly bpffs: string
    /** Which relay the proxies drive: ours, or an rtpengine. */
    readonly engine: Endpoint
    /** Several in its place: new calls go to those that answer, by weight. */
    readonly relays: readonly (Endpoint & { readonly weight: number })[]
  }
  /** Seconds; `maxContacts` per address of record. RFC 3261 §10.3. */
  readonly registrar: {
    readonly minExpires: number
    readonly defaultExpires: number
    readonly maxExpires: number
    readonly maxContacts: number
    readonly nonceSeconds: number
    readonly flowTimerSeconds: number
  }
  /** Wrong passwords of a user from one address until nothing is taken of them from there, 0: never; and for how long, s. RFC 7616 §5.7. */
  readonly bruteForce: {
    readonly tries: number
    readonly banSeconds: number
  }
  /** When new work is refused: ms, transactions alive, part of the memory in per cent, s. RFC 3261 §21.5.4. */
  readonly overload: {
    readonly lagMs: number
    readonly queueMs: number
    readonly transactions: number
    readonly memoryPercent: number
    readonly retryAfterSeconds: number
    /** Numbers whose calls are never refused for it. */
    readonly emergency: readonly string[]
  }
  /** Seconds that a drain waits for calls to end before it ends them; 0 for ever. */
  readonly drainSeconds: number
  readonly portal: { readonly address: string; readonly http: number }
  readonly carrier: { readonly enabled: boolean; readonly address: string; readonly udp: number }
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly pretty: boolean }
  /** Roles of this machine. */
  readonly roles: readonly Role[]
}

/** Typebox's types over plain JSON Schema: its own builders would cost each process an eighth of a second at start. */
const whole = (value: number, minimum: number, maximum: number, description: string): TInteger =>
  ({ type: 'integer', minimum, maximum, default: value, description }) as unknown as TInteger
const port = (value: number, description: string): TInteger => whole(value, 0, 65535, description)
const text = (value: string, description: string): TString =>
  ({ type: 'string', minLength: 1, default: value, description }) as unknown as TString
const address = (value: string, description: string): TString =>
  ({ type: 'string', format: 'address', default: value, description }) as unknown as TString
const flag = (value: boolean, description: string): TBoolean => ({ type: 'boolean', default: value, description }) as unknown as TBoolean
const oneOf = <T extends string>(value: T, names: readonly T[], description: string): TUnsafe<T> =>
  ({ type: 'string', enum: [...names], default: value, description }) as unknown as TUnsafe<T>
const list = <T extends TSchema>(items: T, value: readonly unknown[], description: string, minItems = 0): TArray<T> =>
  ({ type: 'array', items, minItems, uniqueItems: true, default: value, description }) as unknown as TArray<T>
const file = (description: string): TString => ({ type: 'string', minLength: 1, description }) as unknown as TString
/** An element of a list: it has to be whole. */
const pair = <T extends Record<string, TSchema>>(properties: T): TObject<T> =>
  ({ type: 'object', properties, required: Object.keys(properties), additionalProperties: false }) as unknown as TObject<T>
/** An object whose absence means all of its defaults. */
const group = <T extends Record<string, TSchema>>(properties: T): TObject<T> =>
  ({ type: 'object', properties, additionalProperties: false, default: {} }) as unknown as TObject<T>

const schema = group({
  listen: address(
    '127.0.0.1',
    'Address of both proxies and the relay towards phones and carriers; set it to the LAN address for real phones',
  ),
  data: text('var', 'Folder of everything kept, relative to the working directory'),
  store: group({
    kind: oneOf('sqlite', ['sqlite', 'memory'], 'memory forgets everything at the end'),
    file: text('strowger.db', 'Database file, relative to data'),
  }),
  secret: text('secret', 'File of the shared keys, relative to data; made at the first start'),
  sip: group({
    t1: whole(500, 10, 5000, 'Round trip estimate in ms: first retransmission'),
    t2: whole(4000, 100, 30000, 'Longest retransmission interval in ms'),
    t4: whole(5000, 100, 30000, 'How long a message may stay in the network, in ms'),
    leastD: whole(32000, 100, 60000, 'Least time a refused INVITE is remembered over UDP, in ms (timer D)'),
    shareWakeUpsUs: whole(
      250,
      0,
      250,
      'Under load a proxy reads UDP in batches: how long a datagram may wait for others, in µs. Ten hops of a call wait 2.5 ms at worst. 0: never',
    ),
  }),
  usersProxy: group({
    udp: port(5060, 'UDP port of the phones'),
    tcp: port(5060, 'TCP port of the phones'),
    tls: port(5061, 'TLS port of the phones'),
    ws: port(8088, 'WebSocket port of the browsers: only behind something that speaks TLS, or on this machine'),
    wss: port(8089, 'WebSocket port of the browsers, over TLS'),
    workers: whole(1, 1, 64, 'Threads that serve phones, on the same ports'),
    nextPhonesSeconds: whole(15, 1, 600, 'How long the phones of a user with the highest q ring before those with the next one'),
  }),
  trunksProxy: group({
    udp: port(5070, 'UDP port of the carriers'),
    tcp: port(5070, 'TCP port of the carriers'),
    tls: port(5071, 'TLS port of the carriers'),
    workers: whole(1, 1, 64, 'Threads that serve carriers, on the same ports'),
    clientCertificate: oneOf(
      'none',
      ['none', 'asked', 'required'],
      'Of carriers that connect over TLS: no certificate is asked for, or one may be shown, or one that tls.ca has signed must be',
    ),
    alias: flag(false, 'Carriers that believe our certificate may send their requests by the TLS connections we open (RFC 5923)'),
  }),
  connections: group({
    most: whole(
      10_000,
      1,
      1_000_000,
      'Connections that a proxy accepts at once, by TCP, TLS and WebSocket; never so many that its file descriptors run out',
    ),
    perAddress: whole(1000, 1, 1_000_000, 'Of these, from one IPv4 address or IPv6 /64: more where many phones are behind one router'),
    handshakeMs: whole(10_000, 100, 600_000, 'For the TLS handshake or the HTTP upgrade, ms'),
    messageMs: whole(25_000, 100, 600_000, 'For the first message, for the rest of one that has begun, and to read what waits for it, ms'),
    idleSeconds: whole(8000, 1, 604_800, 'Without a byte either way a connection is closed: longer than registrations live'),
  }),
  dns: group({
    servers: list(
      text('127.0.0.1', 'Address of a name server, with :PORT where that is not 53'),
      [],
      'Name servers asked where carriers are that are known by their domain; none: those of this machine',
    ),
  }),
  tls: group({
    cert: text('tls/cert.pem', 'Certificate chain in PEM, relative to data; a self-signed one is made at the first start'),
    key: text('tls/key.pem', 'Its private key in PEM, relative to data'),
    certificates: list(
      pair({ cert: file('Certificate chain in PEM, relative to data'), key: file('Its private key in PEM, relative to data') }),
      [],
      'More certificates: who asks for a name that is in one of them is shown that one (SNI), all others the one above',
    ),
    ca: list(
      file('A file in PEM, relative to data'),
      [],
      'Authorities that are believed, of carriers we connect to and of clients that show a certificate; none: those that Node.js brings',
    ),
    verify: oneOf(
      'domain',
      ['domain', 'chain', 'nothing'],
      'What the certificate of a carrier must prove that we connect to: its domain, or only that a known authority signed it',
    ),
  }),
  appserver: group({
    address: address('127.0.0.1', 'Never an address that phones can reach'),
    udp: port(6060, 'UDP port towards the proxies'),
    noAnswer: whole(60, 1, 600, 'Seconds a phone rings before 480'),
    maxCallSeconds: whole(10800, 1, 604800, 'Seconds after which a call is ended'),
  }),
  media: group({
    ng: group({ address: address('127.0.0.1', 'Where the relay takes commands'), port: port(2223, 'NG port of our relay') }),
    ngTcp: group({
      enabled: flag(false, 'The relay takes NG over TCP too'),
      address: address('127.0.0.1', 'Where; never an address that strangers can reach, because the protocol knows no passwords'),
      port: port(2223, 'Its TCP port'),
    }),
    ngHttp: group({
      enabled: flag(false, 'The relay takes NG over HTTP (POST /ng) and WebSocket (ng.rtpengine.com) too'),
      address: address('127.0.0.1', 'Where; never an address that strangers can reach, because the protocol knows no passwords'),
      port: port(2225, 'Its TCP port'),
    }),
    rtpproxy: group({
      enabled: flag(false, "The relay takes commands of rtpproxy's protocol too"),
      address: address('127.0.0.1', 'Where; never an address that strangers can reach, because the protocol knows no passwords'),
      port: port(2224, 'Its UDP port'),
    }),
    interfaces: list(
      group({
        name: text('default', 'What `direction` and the E and I of an rtpproxy call it; an IPv4 and an IPv6 address may share a name'),
        address: address('127.0.0.1', 'Where RTP is taken and sent'),
        advertised: {
          ...text('', 'Written into SDP in place of the address, behind a NAT of one to one'),
          minLength: 0,
          format: 'address-or-none',
        },
      }),
      [],
      'Addresses of the relay, the first is used where nothing is said; none: `listen`',
    ),
    ports: group({ from: whole(10000, 1024, 65534, 'First RTP port'), to: whole(29999, 1025, 65535, 'Last RTP port') }),
    threads: whole(1, 1, 64, 'Relay threads'),
    deleteDelaySeconds: whole(
      30,
      0,
      3600,
      'Seconds that a deleted session of the relay stays where its controller says nothing (ours says 0), as with an rtpengine',
    ),
    silenceSeconds: whole(
      60,
      0,
      86_400,
      'Seconds without a packet from any side after which a session that is not on hold is over; 0 never',
    ),
    shareWakeUpsUs: whole(250, 0, 1000, 'Under load packets wait so many µs at most, for one wake-up to serve many streams; 0 never'),
    fastPath: oneOf(
      'auto',
      ['auto', 'off'],
      'Linux forwards plain RTP in the kernel, past its packet filter, where the relay may load BPF',
    ),
    bpffs: text('/sys/fs/bpf', 'Where bpffs is mounted, or is to be: what is pinned there forwards on while the relay restarts'),
    engine: group({
      address: address('127.0.0.1', 'Relay the proxies drive'),
      port: port(2223, 'Its NG port; ours or that of an rtpengine'),
    }),
    relays: list(
      group({
        address: address('127.0.0.1', 'A relay that the proxies drive'),
        port: port(2223, 'Its NG port'),
        weight: whole(1, 0, 1000, 'Its share of the new calls; 0: only while no other one answers'),
      }),
      [],
      'Several relays, ours or rtpengines, in place of `media.engine`; a call goes to one that answers and stays there',
    ),
  }),
  registrar: group({
    minExpires: whole(60, 1, 86400, 'Shorter registrations are refused with 423'),
    defaultExpires: whole(3600, 1, 604800, 'When the phone does not ask'),
    maxExpires: whole(7200, 1, 604800, 'Longer wishes are cut to this'),
    maxContacts: whole(10, 1, 100, 'Phones per user'),
    nonceSeconds: whole(300, 1, 86400, 'Then a challenge is stale'),
    flowTimerSeconds: whole(120, 10, 3600, 'Flow-Timer of phones that register for outbound; over UDP 29 at most'),
  }),
  bruteForce: group({
    tries: whole(100, 0, 1_000_000, 'Wrong passwords of a user from one address until both are barred together; 0 never'),
    banSeconds: whole(43_200, 1, 31_536_000, 'For so long'),
  }),
  overload: group({
    lagMs: whole(300, 10, 60_000, 'New work is refused by 503 while the event loop is so many ms late, again and again'),
    queueMs: whole(300, 10, 60_000, 'Likewise while the queue of datagrams in the kernel has not been empty for so many ms'),
    transactions: whole(
      500_000,
      1,
      4_000_000,
      'Likewise above so many SIP transactions of a process; they live up to 32 s after their end',
    ),
    memoryPercent: whole(90, 10, 100, 'Likewise above this part of the memory a process may have'),
    retryAfterSeconds: whole(10, 0, 3600, 'Least Retry-After of such a 503, at most three times as much; 0 sends none'),
    emergency: list(text('112', 'A number'), ['112', '911'], 'Numbers whose calls are never refused for overload'),
  }),
  drainSeconds: whole(0, 0, 604_800, 'Seconds after SIGTERM until the calls that are left are ended; 0 waits for their end'),
  portal: group({ address: address('127.0.0.1', 'Where /healthz and /metrics are served'), http: port(8080, 'HTTP port') }),
  carrier: group({
    enabled: flag(true, 'Run the demo carrier'),
    address: address('127.0.0.1', 'Address of the demo carrier'),
    udp: port(5090, 'UDP port of the demo carrier'),
  }),
  log: group({
    level: oneOf('info', ['debug', 'info', 'warn', 'error'], 'Least serious line written'),
    pretty: flag(false, 'One readable line instead of JSON; true when standard output is a terminal'),
  }),
  roles: list(oneOf('jobs', ROLES, 'A role'), ROLES, 'Roles of this machine', 1),
})

/** The compiler's proof that the interface and the schema say the same. */
type Same<A, B> = [A] extends [B] ? true : never
const agrees: Same<Static<typeof schema>, Config> = true
void agrees

export const configSchema: TSchema = schema
