/** The media role: the relay, driven over NG and, where it is enabled, rtpproxy's protocol. Sessions outlive their controllers; whoever knows a call-id may go on with it. */
import type { NgCommand, NgReply } from '@strowger/media-control'
import type { Config, RoleContext, Running } from '@strowger/runtime'
import type { Endpoint } from './address-rules.ts'
import { type Controls, closeControls, openControls } from './controls.ts'
import { fastPathOf } from './fast-path.ts'
import { interfacesOf } from './interfaces.ts'
import { raiseFileLimit } from './native-engine.ts'
import { handle } from './ng/handle.ts'
import { endSilentSessions, endUnanswered } from './ng/silence.ts'
import { Switchboard } from './ng/switchboard.ts'
import { Relay } from './relay.ts'
import { type KeptSessions, keepSessions } from './restart/keep-sessions.ts'
import { rtppHandlers } from './rtpproxy/handlers.ts'
import { Streams } from './rtpproxy/streams.ts'

/** A running media role; `ng` is where it listens. */
export interface RunningMedia extends Running {
  /** Where commands are taken. */
  readonly ng: Endpoint
  /** Where they are taken over TCP, if they are. */
  readonly ngTcp: Endpoint | undefined
  /** Where they are taken over HTTP and WebSocket, if they are. */
  readonly ngHttp: Endpoint | undefined
  /** Where rtpproxy's commands are taken, if they are. */
  readonly rtpproxy: Endpoint | undefined
  /** The sessions by their call-ids. */
  readonly board: Switchboard
}

/** @throws {RelayError} `address-unavailable`; {MediaError} `listen`. */
export async function startMedia(config: Config, context: MediaContext): Promise<RunningMedia> {
  const { ports, threads, silenceSeconds, deleteDelaySeconds, shareWakeUpsUs } = config.media
  const interfaces = interfacesOf(config)
  const wantedFiles = (ports.to - ports.from) * Object.keys(interfaces).length + FILES_BESIDES
  const files = raiseFileLimit(wantedFiles)
  const relay = await Relay.start({
    interfaces,
    ports,
    threads,
    shareWakeUpsUs,
    keptPairs: keptPairs(files),
    notMedia: signallingOf(config),
    ...fastPathOf(config),
    inherits: true,
  })
  const silenceMs = 1000 * silenceSeconds
  // Half of the ports: what was deleted never keeps a new call out.
  const linger = { ms: 1000 * deleteDelaySeconds, pairs: Math.ceil((ports.to - ports.from) / 4) }
  const board = new Switchboard(relay, { interfaces, silenceMs, linger })
  const kept = keepOrClose(board, config.data, context.log)
  relay.settle()
  const streams = new Streams(board, ({ id }, what) => context.log.info({ call: id.split(' ')[0], session: id }, `session ${what}`))
  const refused = (command: string): void => context.log.warn({ command }, 'refused: playing, recording and copying are not there yet')
  const handleNg = (command: NgCommand): NgReply => handleAloud(board, command, context.log)
  const { metrics } = context
  const controls = await openControls(config.media, handleNg, rtppHandlers(streams, silenceMs, refused), () => metrics.exposition()).catch(
    async error => {
      await relay.close()
      throw error
    },
  )
  const sweep = setInterval(() => endUnanswered(board, Date.now()), SWEEP_MS)
  sweep.unref()
  const silences = endSilentSessions(board, ({ id }) => context.log.warn({ session: id, silenceMs }, 'no packets: session ended'))
  exposeGauges(board, context.metrics)
  if (relay.fastPathTrouble !== '') context.log.info({ reason: relay.fastPathTrouble }, 'no kernel fast path: all packets pass user space')
  if (files < wantedFiles) context.log.warn({ files, wanted: wantedFiles }, TOO_FEW_FILES)
  const { ng, ngTcp, ngHttp, rtpproxy } = controls
  const listens = { ng: ng.port, ngTcp: ngTcp?.port, ngHttp: ngHttp?.port, rtpproxy: rtpproxy?.port }
  context.log.info({ interfaces, ports, threads, ...listens, files }, 'relay ready')
  return run(board, controls, async () => {
    clearInterval(sweep)
    await closeControls(controls)
    await kept?.close()
    await relay.close()
    await silences
  })
}

/** At most half of the files that may be open. */
function keptPairs(files: number): number {
  return Math.floor(Math.min(MOST_KEPT_PAIRS, files / 4))
}

/** What the role uses of its context. */
export type MediaContext = Pick<RoleContext, 'log' | 'metrics'>

/** A disk that cannot be written is no reason not to relay. */
function keepOrClose(board: Switchboard, data: string, log: MediaContext['log']): KeptSessions | undefined {
  const begun = performance.now()
  try {
    const kept = keepSessions(board, data, error => log.error({ err: error }, 'sessions cannot be written down: a restart would lose them'))
    const { sessions, lost } = kept.restored
    for (const { id, reason } of lost) log.warn({ session: id, reason }, 'session lost in the restart')
    if (sessions > 0) log.info({ sessions, ms: Math.round(performance.now() - begun) }, 'sessions go on after the restart')
    return kept
  } catch (error) {
    log.error({ err: error }, 'sessions are not written down: a restart would lose them')
    return undefined
  }
}

function run(board: Switchboard, { ng, ngTcp, ngHttp, rtpproxy }: Controls, close: () => Promise<void>): RunningMedia {
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= close()
    return stopping
  }
  return {
    ng: placeOf(ng),
    ngTcp: ngTcp && placeOf(ngTcp),
    ngHttp: ngHttp && placeOf(ngHttp),
    rtpproxy: rtpproxy && placeOf(rtpproxy),
    board,
    refuseNew: () => {
      board.drain()
    },
    drain: async () => {
      board.drain()
      while (board.sessions.size > 0 && !stopping) await new Promise(resolve => setTimeout(resolve, DRAIN_LOOK_MS))
      await stop()
    },
    stop,
    health: () => {
      const { calls, ports, packets } = board.relay.counters()
      return { calls, ports, packets, sessions: board.sessions.size }
    },
  }
}

function placeOf({ address, port }: Endpoint): Endpoint {
  return { address, port }
}

function exposeGauges(board: Switchboard, metrics: MediaContext['metrics']): void {
  const { relay, endings } = board
  const gauge = (name: string, help: string, read: () => number): void => void metrics.gauge(`strowger_relay_${name}`, help, read)
  const total = (name: string, help: string, read: () => number): void => void metrics.counterOf(`strowger_relay_${name}_total`, help, read)
  gauge('calls', 'Calls at the relay.', () => relay.counters().calls)
  gauge('ports_in_use', 'Pairs of RTP and RTCP ports in use.', () => relay.counters().ports)
  total('packets', 'RTP packets received and believed.', () => relay.counters().packets)
  total('bytes', 'Bytes of those.', () => relay.counters().bytes)
  total('foreign_packets', 'Packets dropped because somebody else sent them.', () => relay.counters().foreign)
  total('unknown_words', 'Words of NG commands that mean nothing here.', () => board.unknownFlags)
  total('silent_sessions', 'Sessions ended because no packets came.', () => endings.silent)
}

/** One log line where a session begins and one where a command ends it. Our proxies name a session `CALL.LEG`. */
function handleAloud(board: Switchboard, command: NgCommand, log: MediaContext['log']): NgReply {
  const before = board.sessions.size
  const reply = handle(board, command)
  if (board.sessions.size === before || !('call-id' in command)) return reply
  const session = String(command['call-id'])
  log.info({ call: session.split('.')[0], session }, board.sessions.size > before ? 'session begun' : 'session ended')
  return reply
}

/** Where the house speaks something else than RTP: no SDP may point the relay there. */
function signallingOf(config: Config): readonly Endpoint[] {
  const { listen, usersProxy, trunksProxy, appserver, media, carrier } = config
  return [
    ...[usersProxy.udp, trunksProxy.udp].map(port => ({ address: listen, port })),
    { address: appserver.address, port: appserver.udp },
    media.ng,
    ...[media.ngTcp, media.ngHttp, media.rtpproxy].filter(({ enabled }) => enabled),
    { address: carrier.address, port: carrier.udp },
  ]
}

const SWEEP_MS = 60_000
const DRAIN_LOOK_MS = 50
const TOO_FEW_FILES =
  'fewer files may be open than there are ports: raise the limit (LimitNOFILE=, ulimit -n) or calls are refused before the ports run out'
/** A second of rest at more than a thousand calls a second; some 25 MB of the kernel's memory. */
const MOST_KEPT_PAIRS = 4096
/** NG, log, admin, libraries. */
const FILES_BESIDES = 256
