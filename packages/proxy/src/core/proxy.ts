/** A stateful proxy as a value: layer outputs and answers in, things to perform out. No socket, no clock. RFC 3261 §16. */
import { CallId, type SipRequest } from '@strowger/sip-parser'
import type { Address, ClientTransaction, Millis, Output, TransactionLayer } from '@strowger/sip-transaction'
import { branchFailed, cancelBranches, finishBranch, passOver, resumeBranch, settle } from './branches.ts'
import { DialogQueue } from './dialog-queue.ts'
import { isWritable } from './is-writable.ts'
import { type HostNews, KnownHosts } from './known-hosts.ts'
import { LiveCalls } from './live-calls.ts'
import { MediaSessions } from './media-sessions.ts'
import { onAck, resumeAck } from './on-ack.ts'
import { onRequest, resumeRequest } from './on-request.ts'
import { onResponse, resumeResponse } from './on-response.ts'
import { onUnmatchedResponse } from './on-unmatched-response.ts'
import type { Proxied, ProxyOutput, Wait } from './proxied.ts'
import { answered } from './run-steps.ts'
import type { Lists, ProxyState } from './state.ts'
import { type Answers, type Policy, reply, type Step } from './step.ts'

/**
 * One rule: after `receive`, `answer` or `wake`, take `poll` until it returns `undefined`, then drain the layer.
 */
export class StatefulProxy {
  readonly #state: ProxyState

  constructor(layer: TransactionLayer, policy: Policy, lists: Lists) {
    this.#state = {
      layer,
      policy,
      lists,
      queue: new DialogQueue(),
      sessions: new MediaSessions(),
      calls: new LiveCalls(),
      waits: new Map(),
      byServer: new Map(),
      byClient: new Map(),
      outputs: [],
      tcpRefused: new Map(),
      hosts: new KnownHosts(),
      nextWait: 1,
      refusedForWaits: 0,
      now: 0,
      wall: 0,
    }
  }

  /** What the transaction layer reported. `transmit` is the endpoint's business. */
  receive(output: Output, now: Millis, wall: number): void {
    this.#tell(now, wall)
    if (this.#mustQueue(output)) return
    this.#dispatch(output)
  }

  /** The answer to a `perform`. */
  answer(id: number, answers: Answers, now: Millis, wall: number): void {
    this.#tell(now, wall)
    const state = this.#state
    const found = state.waits.get(id)
    if (found === undefined) return
    const { wait, session } = found
    state.waits.delete(id)
    this.#resume(wait, answers)
    if (session === undefined) return
    const release = state.sessions.end(session)
    if (release) state.outputs.push(release)
    for (const output of state.queue.end(callIdOfWait(wait))) {
      if (!this.#mustQueue(output)) this.#dispatch(output)
    }
  }

  /** There will be no answer to a `perform`: what asked is refused. RFC 3261 §21.5.1. */
  fail(id: number, now: Millis, wall: number): void {
    const found = this.#state.waits.get(id)
    if (found?.wait.at === 'request') this.#state.waits.set(id, { ...found, wait: { ...found.wait, steps: [refused] } })
    this.answer(id, {}, now, wall)
  }

  /** What another worker has learned of a place outside. */
  learn(news: HostNews, now: Millis): void {
    this.#state.hosts.learn(news, now)
  }

  /** Fires timer C of whoever is due (RFC 3261 §16.8), and lets the phones of the next q be tried. */
  wake(now: Millis, wall: number): void {
    this.#tell(now, wall)
    this.#state.calls.sweep(now)
    for (const proxied of this.#state.byServer.values()) {
      if (proxied.nextAt <= now && !proxied.answered) passOver(this.#state, proxied)
      if (proxied.timerC > now || proxied.answered) continue
      proxied.timerC = Number.POSITIVE_INFINITY
      proxied.expired = true
      proxied.waiting.length = 0
      cancelBranches(this.#state, proxied, undefined)
      settle(this.#state, proxied, true)
    }
  }

  /** Fails every request this neighbour had taken before `before`: it has died since, and its memory with it (design §8.10). */
  failTowards(neighbour: Address, before: Millis, now: Millis, wall: number): void {
    this.#tell(now, wall)
    for (const { proxied, branch } of [...this.#state.byClient.values()]) {
      const { flow } = branch.target
      const towards = flow.address === neighbour.address && flow.port === neighbour.port
      if (!towards || branch.state === 'ended' || (branch.sentAt ?? now) >= before) continue
      if (branch.client) this.#forget(proxied, branch.client)
      finishBranch(this.#state, proxied, branch, { status: 503 }, true)
    }
  }

  /** Gives up every INVITE this neighbour had sent before `before`: it has died since, and no phone shall ring for nobody (design §8.10). */
  cancelFrom(neighbour: Address, before: Millis, now: Millis, wall: number): void {
    this.#tell(now, wall)
    for (const [id, { context, branches }] of [...this.#state.byServer]) {
      const { remote } = context.from
      const isItsOwn = remote.address === neighbour.address && remote.port === neighbour.port
      if (isItsOwn && branches.some(branch => (branch.sentAt ?? now) < before)) this.#cancelled(id)
    }
  }

  poll(): ProxyOutput | undefined {
    return this.#state.outputs.shift()
  }

  /** Live response contexts and messages held, for gauges. */
  counts(): { readonly proxied: number; readonly waits: number; readonly held: number } {
    return { proxied: this.#state.byServer.size, waits: this.#state.waits.size, held: this.#state.queue.size }
  }

  /** Hosts outside that were in trouble when last tried. */
  get hostsInTrouble(): number {
    return this.#state.hosts.size
  }

  /** Call-IDs of dialogs that go through here, and of requests that have no final answer yet. */
  *liveCalls(): Iterable<string> {
    const { calls, byServer, waits } = this.#state
    yield* calls.ids()
    for (const { answered, context } of byServer.values()) if (!answered) yield context.request.headers.get(CallId) as string
    for (const { wait } of waits.values()) yield callIdOfWait(wait)
  }

  /** What there was no room for, since the start: messages behind a relay command, new requests behind too many that wait. */
  dropped(): { readonly held: number; readonly waits: number } {
    return { held: this.#state.queue.dropped, waits: this.#state.refusedForWaits }
  }

  /** Dialogs that go through here, for a drain to wait for. */
  get calls(): LiveCalls {
    return this.#state.calls
  }

  #tell(now: Millis, wall: number): void {
    this.#state.now = now
    this.#state.wall = wall
  }

  #dispatch(output: Output): void {
    const state = this.#state
    switch (output.kind) {
      case 'request':
        return onRequest(state, output.incoming)
      case 'response':
        return onResponse(state, output.transaction.id, output.response)
      case 'unmatched':
        return output.message.kind === 'request'
          ? onAck(state, output.message, output.from)
          : onUnmatchedResponse(state, output.message, output.from)
      case 'cancelled':
        return this.#cancelled(output.transaction.id, reasonIn(output.cancel))
      case 'failed':
        return output.transaction.side === 'client' ? this.#failed(output.transaction.id, output.cause) : undefined
      case 'terminated':
        if (output.transaction.side === 'client') state.byClient.delete(output.transaction.id)
        else state.byServer.delete(output.transaction.id)
        return
      default:
        return
    }
  }

  /** An INVITE that was answered 1xx waits for ever; after a CANCEL it ends by itself, answered or not (RFC 3261 §9.1). */
  #forget(proxied: Proxied, client: ClientTransaction): void {
    this.#state.byClient.delete(client.id)
    if (proxied.context.request.method === 'INVITE') this.#state.layer.cancel(this.#state.now, client)
  }

  #cancelled(serverId: number, reason?: string): void {
    const proxied = this.#state.byServer.get(serverId)
    if (proxied === undefined || proxied.answered) return
    proxied.cancelled = true
    proxied.waiting.length = 0
    cancelBranches(this.#state, proxied, undefined, reason)
    settle(this.#state, proxied, true)
  }

  #failed(clientId: number, cause: 'timeout' | 'transport'): void {
    const found = this.#state.byClient.get(clientId)
    // One that was given up for another way has failed before.
    if (found && found.branch.client?.id === clientId) branchFailed(this.#state, found.proxied, found.branch, cause)
  }

  #resume(wait: Wait, answers: Answers): void {
    const state = this.#state
    switch (wait.at) {
      case 'request':
        return resumeRequest(state, { ...wait, context: answered(wait.context, answers) })
      case 'branch':
        wait.branch.context = answered(wait.branch.context, answers)
        return resumeBranch(state, wait)
      case 'response':
        return resumeResponse(state, { ...wait, context: answered(wait.context, answers) })
      case 'ack':
        return resumeAck(state, { ...wait, context: answered(wait.context, answers) })
    }
  }

  /**
   * True when the output was held (or dropped) because the relay works for its dialog. A BYE and a CANCEL never wait. The end of a client
   * transaction waits behind its response: over TCP both come at once.
   */
  #mustQueue(output: Output): boolean {
    const callId = callIdOf(output, this.#state)
    if (callId === undefined || !this.#state.queue.isBusy(callId)) return false
    this.#state.queue.hold(callId, output, !isRepeated(output))
    return true
  }
}

const refused: Step = () => reply(500)

/** Why the caller gave up, as it came: the phones that ring are told the same. RFC 3326 §2. */
function reasonIn(cancel: SipRequest): string | undefined {
  const values = cancel.headers.raw('Reason').filter(value => value !== '' && isWritable(value))
  return values.length === 0 ? undefined : values.join(', ')
}

function callIdOf(output: Output, state: ProxyState): string | undefined {
  switch (output.kind) {
    case 'request':
      return output.incoming.request.method === 'BYE' ? undefined : output.incoming.request.headers.get(CallId)
    case 'response':
      return output.response.headers.get(CallId)
    case 'unmatched':
      return output.message.headers.get(CallId)
    case 'failed':
    case 'terminated':
      return state.byClient.get(output.transaction.id)?.proxied.context.request.headers.get(CallId)
    default:
      return undefined
  }
}

/** Its sender says it again, or nobody misses it. */
function isRepeated(output: Output): boolean {
  if (output.kind === 'response') return output.response.status < 200
  return output.kind === 'request' || output.kind === 'unmatched'
}

function callIdOfWait(wait: Wait): string {
  const request = wait.at === 'branch' ? wait.proxied.context.request : wait.context.request
  return request.headers.get(CallId) as string
}
