/** The command line of `rtp-relayd`, in the words of an rtpengine's where it has some, and what it comes to as a configuration. */
import { parseArgs } from 'node:util'

/** What to do: start with this, or say that and end. */
export type RelaydCommand =
  /** `values`: keys of the configuration that differ from the defaults. */
  | { readonly kind: 'start'; readonly values: object }
  /** A YAML file says it all. */
  | { readonly kind: 'start-of-file'; readonly file: string }
  | { readonly kind: 'help' }
  /** A sentence that says what to do. */
  | { readonly kind: 'wrong'; readonly message: string }

/** What `--help` prints. */
export const RELAYD_HELP = `rtp-relayd: relays RTP for SIP proxies, as an rtpengine and as an rtpproxy do

  -i, --interface [NAME/]ADDRESS[!ADVERTISED]   where RTP is taken and sent; several times for several. Default 127.0.0.1
  -n, --listen-ng [ADDRESS:]PORT                NG over UDP. Default 127.0.0.1:2223
      --listen-tcp-ng [ADDRESS:]PORT            NG over TCP too
      --listen-http [ADDRESS:]PORT              NG over HTTP (POST /ng) and WebSocket too; GET /metrics is for Prometheus
      --listen-rtpproxy [ADDRESS:]PORT          rtpproxy's commands over UDP too (Kamailio: rtpproxy_sock)
  -m, --port-min PORT                           default 10000
  -M, --port-max PORT                           default 29999
      --num-threads COUNT                       packet threads. Default 1
  -o, --timeout SECONDS                         a session without packets is over; 0 never. Default 60
      --delete-delay SECONDS                    a deleted session stays so long. Default 30
      --fast-path auto|off                      the kernel forwards plain RTP where it may. Default auto
  -d, --data FOLDER                             sessions over a restart, admin socket. Default /var/lib/rtp-relayd
  -L, --log-level LEVEL                         trace debug info warn error. Default info
      --config FILE                             all of this, and more, in YAML (keys listen, media, data, log), in place of the options
  -h, --help

Commands know no passwords: listen where strangers cannot reach. An address without a port, or a port without one, is on 127.0.0.1.
`

/** @param args without the program's name. */
export function relaydCommand(args: readonly string[]): RelaydCommand {
  try {
    const { values: given } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false })
    if (given.help) return { kind: 'help' }
    if (given.config !== undefined) {
      if (Object.keys(given).length > 1) throw new Error('--config has it all: leave the other options out, or it')
      return { kind: 'start-of-file', file: given.config }
    }
    return { kind: 'start', values: configOf(given) }
  } catch (error) {
    return { kind: 'wrong', message: `${(error as Error).message.split('. ')[0]}; \`rtp-relayd --help\` shows what there is` }
  }
}

interface Given {
  readonly interface?: readonly string[]
  readonly 'listen-ng'?: string
  readonly 'listen-tcp-ng'?: string
  readonly 'listen-http'?: string
  readonly 'listen-rtpproxy'?: string
  readonly 'port-min'?: string
  readonly 'port-max'?: string
  readonly 'num-threads'?: string
  readonly timeout?: string
  readonly 'delete-delay'?: string
  readonly 'fast-path'?: string
  readonly data?: string
  readonly 'log-level'?: string
}

/** Only what was said: the rest has the defaults of every configuration. */
function configOf(given: Given): object {
  const interfaces = (given.interface ?? []).flatMap(text => text.split(';')).map(interfaceOf)
  const ports = said({ from: whole(given, 'port-min'), to: whole(given, 'port-max') })
  const media = said({
    interfaces: interfaces.length > 0 ? interfaces : undefined,
    ng: placeOf(given, 'listen-ng'),
    ngTcp: enabled(placeOf(given, 'listen-tcp-ng')),
    ngHttp: enabled(placeOf(given, 'listen-http')),
    rtpproxy: enabled(placeOf(given, 'listen-rtpproxy')),
    ports: Object.keys(ports).length > 0 ? ports : undefined,
    threads: whole(given, 'num-threads'),
    silenceSeconds: whole(given, 'timeout'),
    deleteDelaySeconds: whole(given, 'delete-delay'),
    fastPath: given['fast-path'],
  })
  const log = said({ level: given['log-level'], pretty: process.stdout.isTTY ? true : undefined })
  return { data: given.data ?? '/var/lib/rtp-relayd', media, log }
}

/** `[NAME/]ADDRESS[!ADVERTISED]`. */
function interfaceOf(text: string): object {
  const [, name = 'default', address = '', advertised = ''] = /^(?:([^/!]+)\/)?([^/!]+)(?:!([^/!]+))?$/.exec(text.trim()) ?? []
  if (address === '') throw new Error(`--interface is [NAME/]ADDRESS[!ADVERTISED], not "${text}"`)
  return { name, address, advertised }
}

/** `[ADDRESS:]PORT`, an IPv6 address in brackets. */
function placeOf(given: Given, option: Place): { readonly address: string; readonly port: number } | undefined {
  const text = given[option]
  if (text === undefined) return undefined
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]:|([^:\]]+):)?(\d{1,5})$/.exec(text) ?? []
  if (port === undefined) throw new Error(`--${option} is [ADDRESS:]PORT, not "${text}"`)
  return { address: bracketed ?? plain ?? '127.0.0.1', port: Number(port) }
}

function whole(given: Given, option: Count): number | undefined {
  const text = given[option]
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${option} is a whole number, not "${text}"`)
  return Number(text)
}

function enabled<T extends object>(place: T | undefined): (T & { readonly enabled: true }) | undefined {
  return place && { ...place, enabled: true }
}

function said(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

type Place = 'listen-ng' | 'listen-tcp-ng' | 'listen-http' | 'listen-rtpproxy'
type Count = 'port-min' | 'port-max' | 'num-threads' | 'timeout' | 'delete-delay'

const OPTIONS = {
  interface: { type: 'string', short: 'i', multiple: true },
  'listen-ng': { type: 'string', short: 'n' },
  'listen-tcp-ng': { type: 'string' },
  'listen-http': { type: 'string' },
  'listen-rtpproxy': { type: 'string' },
  'port-min': { type: 'string', short: 'm' },
  'port-max': { type: 'string', short: 'M' },
  'num-threads': { type: 'string' },
  timeout: { type: 'string', short: 'o' },
  'delete-delay': { type: 'string' },
  'fast-path': { type: 'string' },
  data: { type: 'string', short: 'd' },
  'log-level': { type: 'string', short: 'L' },
  config: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const
