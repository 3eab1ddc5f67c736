/**
 * Relays in one network namespace, phones in another, and for each relay a veth pair between them with addresses of its own.
 *
 * Each end of a pair has its threads: with threaded NAPI the kernel receives in a thread that has a core and a CPU time like any other,
 * so that what arrives for a relay costs its core, what arrives for the phones the load's, and both can be read to the nanosecond.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { Network, runTimeOf } from '../proxy/processes.ts'
import { RTPLOAD } from './load.ts'
import { type Ground, LOAD_CORE, type Place, RELAY_CORE } from './place.ts'

/** What the kernel was asked for and did not give. */
export class NoWire extends Error {}

/** @throws {NoWire} without the privilege */
export function onWires(count: number): Ground {
  const [relays, phones] = [new Network('relays'), new Network('phones')]
  const close = (): void => {
    for (const network of [relays, phones]) network.close()
  }
  try {
    if (!relays.own || !phones.own) throw new NoWire('network namespaces need root and iproute2')
    return { places: Array.from({ length: count }, (_, number) => lay(relays, phones, number)), close }
  } catch (error) {
    close()
    throw error
  }
}

function lay(relays: Network, phones: Network, number: number): Place {
  // Below 15 characters with `napi/` before it: the name of its thread.
  const [near, far] = ['r', 'p'].map(end => `s${process.pid % 1_000_000}${end}${number}`) as [string, string]
  const [address, party] = [`10.99.${number}.2`, `10.99.${number}.1`]
  const queues = 'numtxqueues 1 numrxqueues 1'
  ip(`link add ${near} netns ${relays.name} ${queues} type veth peer name ${far} netns ${phones.name} ${queues}`)
  const ends = [
    { network: relays, device: near, own: address, mac: `02:00:00:00:01:0${number}`, core: RELAY_CORE },
    { network: phones, device: far, own: party, mac: `02:00:00:00:02:0${number}`, core: LOAD_CORE },
  ]
  for (const { network, device, own, mac } of ends) {
    ip(`-n ${network.name} addr add ${own}/24 dev ${device}`)
    ip(`-n ${network.name} link set ${device} address ${mac} up`)
  }
  // Nobody is asked during a run where the other is.
  for (const [at, { network, device }] of ends.entries()) {
    const other = ends[1 - at]!
    ip(`-n ${network.name} neigh replace ${other.own} lladdr ${other.mac} dev ${device} nud permanent`)
  }
  const [relay, load] = ends.map(({ network, device, core }) => receivingThread(network, device, core))
  return {
    relays,
    phones,
    address,
    party,
    kernelSeconds: () => ({ relay: runTimeOf(relay!) / 1e9, phones: runTimeOf(load!) / 1e9 }),
  }
}

/** Its id. It goes before every program, as the interrupts of a network card do: packets wait for programs, not the other way round. */
function receivingThread(network: Network, device: string, core: number): number {
  const [program, ...args] = network.commandOn(core, [RTPLOAD, 'receive-in-thread', device])
  tell(program, args)
  const thread = readdirSync('/proc').find(pid => /^\d+$/.test(pid) && nameOf(pid).startsWith(`napi/${device}-`))
  if (thread === undefined) throw new NoWire('the threads in which the kernel receives are not to be seen here')
  tell('taskset', ['-pc', String(core), thread])
  tell('chrt', ['-f', '-p', '1', thread])
  return Number(thread)
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8')
  } catch {
    return ''
  }
}

function ip(command: string): void {
  tell('ip', command.split(' '))
}

function tell(program: string, args: readonly string[]): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (cause) {
    throw new NoWire(`${program} ${args.join(' ')}: ${String((cause as { stderr?: Buffer }).stderr ?? cause).trim()}`, { cause })
  }
}
