/** Listeners and certificates that change while calls go on: what is new is opened first, what is gone drains. RFC 3261 §18.2. */
import type { Config } from '@strowger/runtime'
import type { ListenAddress, SipEndpoint } from '@strowger/sip-transport'
import type { Policy } from './core/step.ts'
import { listenersOf, type ProxyPorts } from './proxy-listeners.ts'

/** Plain data, for a worker as well. */
export interface ListenerChanges {
  readonly add: readonly ListenAddress[]
  readonly remove: readonly ListenAddress[]
}

/** What `strowger reload` shows. */
export interface Reloaded {
  /** `tcp:192.0.2.1:5060`. */
  readonly opened: readonly string[]
  readonly closed: readonly string[]
  /** When there are to be more or fewer from now on. */
  readonly workers?: { readonly before: number; readonly now: number }
  /** Keys that differ, and are read at the next start only. */
  readonly needsRestart: readonly string[]
}

/** The parts of a proxy's configuration that are taken over while it runs. */
const LIVE_KEYS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const

/** `before` with what a reload takes over of `after`. Of one worker no several become, for it is no thread; of several any number, one included. */
export function takenOver(before: Config, after: Config, role: 'usersProxy' | 'trunksProxy', isThreaded = false): Config {
  const ports = Object.fromEntries(LIVE_KEYS.flatMap(key => (key in after[role] ? [[key, (after[role] as ProxyPorts)[key]]] : [])))
  const { workers } = isThreaded ? after[role] : before[role]
  return { ...before, tls: after.tls, [role]: { ...before[role], ...ports, workers } }
}

export function changesBetween(address: string, before: ProxyPorts, after: ProxyPorts): ListenerChanges {
  const [old, wanted] = [listenersOf(address, before), listenersOf(address, after)]
  const without = (all: readonly ListenAddress[], some: readonly ListenAddress[]): readonly ListenAddress[] =>
    all.filter(one => !some.some(other => nameOf(other) === nameOf(one)))
  return { add: without(wanted, old), remove: without(old, wanted) }
}

/** @throws {TransportError} when one cannot be opened; then nothing has changed. */
export async function changeListeners(endpoint: SipEndpoint, own: Policy['own'], { add, remove }: ListenerChanges): Promise<void> {
  const opened: ListenAddress[] = []
  try {
    for (const address of add) {
      await endpoint.addListener(address)
      opened.push(address)
    }
  } catch (cause) {
    for (const { transport, address, port = 0 } of opened) endpoint.removeListener(transport, { address, port })
    throw cause
  }
  for (const { transport, address, port = 0 } of remove) endpoint.removeListener(transport, { address, port })
  // Routes of dialogs name where we listened before: these stay ours, and come last.
  const former = [...own]
  const now = TRANSPORTS.flatMap(transport => endpoint.localsOf(transport).map(at => ({ transport, ...at })))
  const isNow = (one: Policy['own'][number]): boolean => now.some(at => nameOf(at) === nameOf(one))
  ;(own as Policy['own'][number][]).splice(0, own.length, ...now, ...former.filter(one => !isNow(one)))
}

/** `taken`: of {@link takenOver}; `wanted`: the file's. */
export function reloaded(
  { add, remove }: ListenerChanges,
  before: Config,
  taken: Config,
  wanted: Config,
  role: 'usersProxy' | 'trunksProxy',
): Reloaded {
  // What the other proxy takes over of its own is said by that one.
  const others = differing(taken, wanted).filter(name => name !== 'usersProxy' && name !== 'trunksProxy')
  const own = differing(taken[role], wanted[role]).map(key => `${role}.${key}`)
  const [had, has] = [before[role].workers, taken[role].workers]
  return {
    opened: add.map(nameOf),
    closed: remove.map(nameOf),
    ...(had !== has && { workers: { before: had, now: has } }),
    needsRestart: [...own, ...others],
  }
}

function differing<T extends object>(before: T, after: T): string[] {
  const keys = Object.keys(after) as (keyof T & string)[]
  return keys.filter(key => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
}

export function nameOf({ transport, address, port = 0 }: Pick<ListenAddress, 'transport' | 'address' | 'port'>): string {
  return `${transport.toLowerCase()}:${address}:${port}`
}

const TRANSPORTS = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'] as const
