/** All calls of this process as a value: what the transaction layer reports goes in, what is to be done comes out. No socket, no clock. */
import type { SipRequest, SipResponse } from '@strowger/sip-parser'
import type { Hop, Millis, Output, TransactionLayer } from '@strowger/sip-transaction'
import { dialogIdOf } from '@strowger/sip-ua'
import { acknowledge } from './call/acknowledge.ts'
import { type Call, isOver, nextWakeOf } from './call/call.ts'
import { cancelled } from './call/cancel.ts'
import { echoAnswered } from './call/echo.ts'
import { endCall, ended } from './call/end-call.ts'
import type { House } from './call/house.ts'
import { lostCalls } from './call/lost-calls.ts'
import { endOrphan } from './call/orphan.ts'
import type { CallOutput, EchoAnswer } from './call/output.ts'
import { receiveRequest } from './call/receive-request.ts'
import { receiveFailure, receiveResponse, receiveTermination } from './call/receive-response.ts'
import { reoffer } from './call/reoffer.ts'
import { findLeg, forgetDialog, type State, sideOf } from './call/state.ts'
import { stopCall } from './call/stop.ts'
import { timePasses } from './call/time-passes.ts'
import { WakeQueue } from './call/wake-queue.ts'

/** What is alive now. */
export interface CallCounts {
  readonly calls: number
  readonly legs: number
  readonly dialogs: number
  /** Transactions that a call still wants to hear of. */
  readonly transactions: number
  /** Questions to the relay without an answer. */
  readonly asks: number
}

/**
 * One rule: after `receive`, `answer`, `wake` or `stop`, take `poll` until it returns `undefined`, drain the layer, then sleep until
 * `nextWake` (the layer's own wakes are not in it).
 */
export class Calls {
  readonly #state: State

  constructor(layer: TransactionLayer, house: House) {
    this.#state = {
      layer,
      house,
      calls: new Map(),
      dialogs: new Map(),
      works: new Map(),
      asks: new Map(),
      wakes: new WakeQueue(),
      outputs: [],
      nextAsk: 1,
      now: 0,
      wall: 0,
      draining: false,
    }
  }

  /** What the transaction layer reported. `transmit` is the endpoint's business. */
  receive(output: Output, now: Millis, wall: number): void {
    this.#tell(now, wall)
    this.#settle(this.#dispatch(output))
  }

  /** What the relay said to an `echo`. */
  answer(id: number, reply: EchoAnswer, now: Millis, wall: number): void {
    this.#tell(now, wall)
    this.#settle(echoAnswered(this.#state, id, reply))
  }

  wake(now: Millis, wall: number): void {
    const state = this.#state
    this.#tell(now, wall)
    for (let key = state.wakes.take(now); key !== undefined; key = state.wakes.take(now)) {
      const call = state.calls.get(key)
      if (call === undefined) continue
      timePasses(state, call)
      this.#settle(call)
    }
  }

  /** When to call `wake`; `Infinity` when no call waits for anything. */
  get nextWake(): Millis {
    return this.#state.wakes.next
  }

  /** Nobody sends anything any more on that call: both sides are hung up. One that is unknown, or not answered, is left alone. */
  silent(id: string, now: Millis, wall: number): void {
    const call = this.#state.calls.get(id)
    if (call?.answeredAt === undefined || call.end !== undefined) return
    this.#tell(now, wall)
    endCall(this.#state, call, ended(call, 'platform', 200, 'no media'))
    this.#settle(call)
  }

  /** Takes no new call from here on. */
  drain(): void {
    this.#state.draining = true
  }

  /** Ends every call; what is left after it waits for answers to our BYEs and CANCELs only. */
  stop(now: Millis, wall: number): void {
    this.#tell(now, wall)
    this.drain()
    for (const call of [...this.#state.calls.values()]) {
      stopCall(this.#state, call)
      this.#settle(call)
    }
  }

  poll(): CallOutput | undefined {
    return this.#state.outputs.shift()
  }

  /** A call as it is, to be looked at. */
  find(id: string): Call | undefined {
    return this.#state.calls.get(id)
  }

  counts(): CallCounts {
    const { calls, dialogs, works, asks } = this.#state
    let legs = 0
    for (const call of calls.values()) legs += call.b === undefined ? 1 : 2
    return { calls: calls.size, legs, dialogs: dialogs.size, transactions: works.size, asks: asks.size }
  }

  #tell(now: Millis, wall: number): void {
    this.#state.now = now
    this.#state.wall = wall
  }

  /** Returns the call that may have changed. */
  #dispatch(output: Output): Call | undefined {
    const state = this.#state
    switch (output.kind) {
      case 'request':
        for (const call of lostCalls(state, output.incoming)) {
          reoffer(state, call)
          this.#settle(call)
        }
        return receiveRequest(state, output.incoming)
      case 'response': {
        const work = state.works.get(output.transaction.id)
        return work?.side === 'client' ? receiveResponse(state, work, output.response) : undefined
      }
      case 'failed': {
        const work = state.works.get(output.transaction.id)
        return work?.side === 'client' ? receiveFailure(state, work, output.cause) : undefined
      }
      case 'cancelled':
        return this.#cancelled(output.transaction.id, output.cancel)
      case 'unmatched':
        return this.#unmatched(output.message, output.from)
      case 'terminated': {
        const work = state.works.get(output.transaction.id)
        state.works.delete(output.transaction.id)
        return work?.side === 'client' ? receiveTermination(state, work) : undefined
      }
      default:
        return undefined
    }
  }

  #cancelled(server: number, cancel: SipRequest): Call | undefined {
    const work = this.#state.works.get(server)
    const call = work && this.#state.calls.get(work.call)
    if (work?.side === 'server' && call !== undefined) cancelled(this.#state, call, work.is, cancel)
    return call
  }

  /** The ACK of a 2xx, or a 2xx so late that nobody waits for it. */
  #unmatched(message: SipRequest | SipResponse, from: Hop): Call | undefined {
    const state = this.#state
    const side = sideOf(state, from)
    if (side === undefined) return undefined
    const found = findLeg(state, dialogIdOf(message))
    if (message.kind === 'response') {
      if (found === undefined && message.status >= 200 && message.status < 300) endOrphan(state, message, side)
      return undefined
    }
    if (found === undefined || found.leg.side !== side || message.method !== 'ACK') return undefined
    acknowledge(state, found.call, found.leg, message)
    return found.call
  }

  /** Forgets a call that is over; notes when the others are due. */
  #settle(call: Call | undefined): void {
    if (call === undefined) return
    const { calls, wakes } = this.#state
    if (!isOver(call)) {
      wakes.set(call.id, nextWakeOf(call))
      return
    }
    wakes.set(call.id, Number.POSITIVE_INFINITY)
    calls.delete(call.id)
    for (const leg of [call.a, call.b]) if (leg !== undefined) forgetDialog(this.#state, leg)
  }
}
