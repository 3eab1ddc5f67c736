/** A set of relays behind one `request`: new sessions go to one that answers, running ones stay on theirs while it does. */
import { MediaError } from '../media-error.ts'
import type { NgCommand } from '../ng/command.ts'
import type { NgReply } from '../ng/reply.ts'
import { RelaySet, type RelaySetCounts, type RelaySetOptions, type RelaySetOutput } from '../set/relay-set.ts'
import { NgUdpClient, type NgUdpClientOptions } from './ng-udp-client.ts'

/** One relay of a set. */
export interface NgRelaySetMember {
  /** IP address of its NG socket. */
  readonly address: string
  /** UDP port of its NG socket. */
  readonly port: number
  /** Its share of the new sessions. Default 1. */
  readonly weight?: number
}

/** The relays, how they are judged, and how often commands are sent again. */
export interface NgRelaySetOptions
  extends Omit<RelaySetOptions, 'members'>,
    Pick<NgUdpClientOptions, 'retransmitMs' | 'giveUpMs' | 'maxPending' | 'format'> {
  /** At least one. */
  readonly relays: readonly NgRelaySetMember[]
  /**
   * Told of each relay that goes or comes back; the sessions of one that went need another offer, which finds another relay. What one that
   * comes back still has of them is deleted there, and whether it knows the others is asked: see `stranded`.
   */
  readonly changed?: (output: RelaySetOutput) => void
}

/** As `NgUdpClient`, over several relays. */
export class NgRelaySet {
  readonly #set: RelaySet
  readonly #clients: ReadonlyMap<string, NgUdpClient>
  readonly #changed: (output: RelaySetOutput) => void
  /** Relays that do not know `echo`, which is our own. */
  readonly #withoutEcho: Set<string> = new Set()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** The relays need not be there yet. A command is given up after 1.5 s here, so that the next relay is asked in time. */
  static async open({ relays, changed = () => {}, ...rest }: NgRelaySetOptions): Promise<NgRelaySet> {
    const { lostUntilDown, pingMs, groupOf, ...timing } = rest
    const members = relays.map(({ address, port, weight = 1 }) => ({ name: `${address}:${port}`, weight }))
    const set = new RelaySet({
      members,
      ...(lostUntilDown === undefined ? {} : { lostUntilDown }),
      ...(pingMs === undefined ? {} : { pingMs }),
      ...(groupOf === undefined ? {} : { groupOf }),
    })
    const clients = new Map<string, NgUdpClient>()
    for (const { address, port } of relays) {
      clients.set(
        `${address}:${port}`,
        await NgUdpClient.open({ address, port, giveUpMs: GIVE_UP_MS, retransmitMs: [250, 500], ...timing }),
      )
    }
    return new NgRelaySet(set, clients, changed)
  }

  private constructor(set: RelaySet, clients: ReadonlyMap<string, NgUdpClient>, changed: (output: RelaySetOutput) => void) {
    this.#set = set
    this.#clients = clients
    this.#changed = changed
    this.#sleep()
  }

  /**
   * Sends a command to the relay of its session. An offer that is not answered is made to the next relay; whatever else is not answered
   * rejects with `timeout`, as with one relay. A relay that does not know `echo` is left out of it. A session that began before this set
   * did is looked for: each relay is asked, or told, where the command is a `delete`.
   */
  async request(command: NgCommand): Promise<NgReply> {
    const session = 'call-id' in command ? String(command['call-id']) : undefined
    if (session === undefined) return this.#ask(this.#set.forOffer('') ?? '', command)
    if (this.#clients.size > 1 && this.#set.relayOf(session) === undefined && mayRun(command)) {
      if (command.command === 'delete') return this.#deleteEverywhere(command)
      await this.#find(session)
    }
    if (command.command === 'offer' || command.command === 'echo') return this.#offer(session, command)
    const relay = this.#set.relayOf(session) ?? this.#set.forOffer(session)
    try {
      return await this.#ask(relay ?? '', command)
    } finally {
      if (command.command === 'delete' && command['via-branch'] === undefined) this.#set.ended(session)
    }
  }

  /** For gauges. */
  counts(): RelaySetCounts {
    return this.#set.counts()
  }

  /** Sessions whose relay is gone, or came back without them: each needs another offer. */
  stranded(): Iterable<string> {
    return this.#set.stranded()
  }

  /** Closes all sockets; what waits is rejected with `closed`. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const client of this.#clients.values()) await client.close()
  }

  async #offer(session: string, command: NgCommand): Promise<NgReply> {
    const tried: string[] = []
    for (;;) {
      const unable = command.command === 'echo' ? this.#withoutEcho : NONE
      const relay = this.#set.forOffer(session, [...unable, ...tried])
      if (relay === undefined) throw new MediaError('timeout', `No relay of ${this.#clients.size} answers (${command.command})`)
      try {
        const reply = await this.#ask(relay, command)
        this.#set.began(session, relay, tried)
        return reply
      } catch (error) {
        if (command.command === 'echo' && isUnknownCommand(error)) this.#withoutEcho.add(relay)
        else if (isLost(error)) tried.push(relay)
        else throw error
      }
    }
  }

  /** All at once; the first that knows the session has it. One that does not answer is waited for only while nobody does. */
  async #find(session: string): Promise<void> {
    const query = async (relay: string): Promise<string> => {
      await this.#ask(relay, { command: 'query', 'call-id': session })
      return relay
    }
    const relay = await Promise.any(this.#set.answering.map(query)).catch(() => undefined)
    if (relay !== undefined && this.#set.relayOf(session) === undefined) this.#set.began(session, relay)
  }

  /** The reply of the one that had it. @throws as the first relay did, when none answers. */
  async #deleteEverywhere(command: NgCommand): Promise<NgReply> {
    const answers = await Promise.allSettled(this.#set.answering.map(relay => this.#ask(relay, command)))
    const replies = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
    const reply = replies.find(({ tags }) => tags !== undefined) ?? replies[0]
    if (reply === undefined) throw (answers[0] as PromiseRejectedResult).reason
    return reply
  }

  async #ask(relay: string, command: NgCommand): Promise<NgReply> {
    try {
      const reply = await this.#clients.get(relay)!.request(command)
      this.#set.answered(relay, performance.now())
      return reply
    } catch (error) {
      if (isLost(error)) this.#set.lost(relay)
      else if (error instanceof MediaError && error.code === 'refused') this.#set.answered(relay, performance.now())
      throw error
    } finally {
      for (const output of this.#set.outputs()) this.#follow(output)
    }
  }

  #follow(output: RelaySetOutput): void {
    if (output.kind === 'doubtful') void this.#doubt(output.relay, output.sessions)
    if (output.kind === 'up') {
      this.#withoutEcho.delete(output.relay)
      void this.#tidy(output.relay, output.left)
    }
    this.#changed(output)
  }

  /** One after the other: calls of today go first. */
  async #tidy(relay: string, left: readonly string[]): Promise<void> {
    for (const session of left) {
      if (this.#closed || this.#set.relayOf(session) === relay) continue
      await this.#ask(relay, { command: 'delete', 'call-id': session, 'delete-delay': 0 }).catch(() => {})
    }
  }

  async #doubt(relay: string, sessions: readonly string[]): Promise<void> {
    for (const session of sessions) {
      if (this.#closed || this.#set.relayOf(session) !== relay) continue
      await this.#ask(relay, { command: 'query', 'call-id': session }).catch(error => {
        if (error instanceof MediaError && error.code === 'refused') this.#set.forgot(session)
      })
    }
  }

  #sleep(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => this.#ping(), Math.max(1, Math.ceil(this.#set.nextPing - performance.now()))).unref()
  }

  #ping(): void {
    for (const relay of this.#set.pings(performance.now())) this.#ask(relay, { command: 'ping' }).catch(() => {})
    this.#sleep()
  }
}

/** A first offer, which has no tag of the other side, begins a session: nobody has it yet. */
function mayRun(command: NgCommand): boolean {
  return command.command !== 'echo' && (command.command !== 'offer' || command['to-tag'] !== undefined)
}

function isUnknownCommand(error: unknown): boolean {
  return error instanceof MediaError && error.code === 'refused' && error.message.startsWith('Unrecognized command')
}

function isLost(error: unknown): boolean {
  return error instanceof MediaError && error.code === 'timeout'
}

const NONE: ReadonlySet<string> = new Set()
const GIVE_UP_MS = 1500
