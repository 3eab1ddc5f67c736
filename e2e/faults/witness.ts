/** A legitimate phone that looks on at an attack: is it served all the while, do the processes live, does their memory stay bounded? */
import { readFileSync } from 'node:fs'
import { openPhone, type Phone } from '@strowger/sip-transport'
import { expect } from 'vitest'
import { SDP } from '../overload/asker.ts'
import type { Platform } from '../platform.ts'

const PROXIES = ['users-proxy', 'trunks-proxy', 'appserver', 'media'] as const
/** Young objects of a process may take three times 32 MiB before they are looked at; what leaks goes beyond any bound. */
const MOST_GROWTH = 250 << 20

export class Witness {
  readonly phone: Phone
  readonly #platform: Platform
  readonly #pids: Readonly<Record<string, number>>
  readonly #memory: Readonly<Record<string, number>>

  private constructor(platform: Platform, phone: Phone, pids: Readonly<Record<string, number>>) {
    this.#platform = platform
    this.phone = phone
    this.#pids = pids
    this.#memory = memoryOf(pids)
  }

  /** Alice, registered, at an address of her own. `on` is `udp`, `tcp`. */
  static async of(platform: Platform, on: 'udp' | 'tcp' = 'udp', user = 'alice'): Promise<Witness> {
    const phone = await openPhone({
      on: [on === 'udp' ? 'udp:127.0.0.7:0' : 'tcp:127.0.0.7:0'],
      aor: `sip:${user}@${platform.demo.domain}`,
      password: platform.password(user),
      proxy: `sip:${platform.users}${on === 'udp' ? '' : ';transport=tcp'}`,
    })
    const { roles } = await platform.health()
    const pids = Object.fromEntries(PROXIES.flatMap(role => (roles[role] === undefined ? [] : [[role, roles[role].pid]])))
    const witness = new Witness(platform, phone, pids)
    await witness.alive()
    return witness
  }

  /** It registers and is answered. */
  async alive(): Promise<void> {
    await this.phone.register()
    const { status } = await this.phone.request({ method: 'OPTIONS', uri: `sip:${this.#platform.demo.domain}` })
    expect(status).toBe(200)
  }

  /** A call to the echo, from the first INVITE to the BYE. */
  async call(): Promise<void> {
    const call = await this.phone.call(`sip:${this.#platform.demo.services.echo}@${this.#platform.demo.domain}`, { offer: SDP })
    await call.answered
    call.hangUp()
    await call.ended
  }

  /** The same processes, no exception, memory that is bounded. */
  async unharmed(): Promise<void> {
    await this.alive()
    const { roles } = await this.#platform.health()
    for (const [role, pid] of Object.entries(this.#pids)) expect([role, roles[role]?.pid]).toEqual([role, pid])
    expect(this.#platform.lines.filter(({ msg, level }) => msg === 'crashed' || level === 'fatal')).toEqual([])
    const now = memoryOf(this.#pids)
    for (const [role, before] of Object.entries(this.#memory)) expect([role, now[role]! - before < MOST_GROWTH]).toEqual([role, true])
  }

  stop(): Promise<void> {
    return this.phone.close()
  }
}

/** Resident bytes. */
function memoryOf(pids: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const kib = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  return Object.fromEntries(Object.entries(pids).map(([role, pid]) => [role, kib(pid) * 1024]))
}

/** How many times an event was counted, over all roles. */
export async function eventCount(platform: Platform, event: string): Promise<number> {
  return (await platform.metrics())
    .filter(({ name, labels }) => name === 'strowger_sip_events_total' && labels.event === event)
    .reduce((sum, { value }) => sum + value, 0)
}
