/**
 * The branches of a proxied request: policy per branch first (the relay is asked there), then the client transaction, and when all
 * have ended the best response goes upstream. RFC 3261 §16.6, §16.7.
 */
import { RecordRoute, RetryAfter, type SipResponse } from '@strowger/sip-parser'
import type { ServerTransaction } from '@strowger/sip-transaction'
import { needsStream } from '@strowger/sip-transport'
import { answerBest } from './answer-best.ts'
import { ask } from './ask.ts'
import { highest, mayTryNext } from './by-q.ts'
import { forwardedRequest } from './forward.ts'
import { type HostNews, placeAt } from './known-hosts.ts'
import { loopMark, MARK } from './loop-mark.ts'
import type { Branch, Proxied, Wait } from './proxied.ts'
import { releaseBranch, releaseEnded } from './release-media.ts'
import { type Outcome, runSteps } from './run-steps.ts'
import { houseOf, type ProxyState } from './state.ts'
import type { BranchContext, Context, Order, Reply, Step, Target } from './step.ts'
import { mayBeAvoided, noteRefusal, sizeMatters, streamsFirst, waysOf, wellFirst, wellTargetsFirst } from './ways.ts'

/** Timer C, longer than 3 minutes (RFC 3261 §16.6 step 11). */
export const TIMER_C_MS = 185_000

/**
 * Deviation: RFC 3263 §4.3 waits for timer B, 32 s, before the next server is tried; by then the caller has hung up. A server that has not even
 * said 100 after this is passed over, and so is a carrier that has another behind it; should it answer later, it is heard.
 */
const TRY_MS = 4000
const VIA_BYTES = 120
/** Less our Record-Routes, Via and what else is put in. */
const CERTAINLY_SMALL = 600

export function startBranches(
  state: ProxyState,
  server: ServerTransaction,
  context: Context,
  targets: readonly Target[],
  order: Order,
): void {
  const proxied: Proxied = {
    server,
    context,
    order,
    waiting: [...(order === 'serial' ? wellTargetsFirst(targets, state) : targets)],
    branches: [],
    rewrites: new Map(),
    answered: false,
    cancelled: false,
    expired: false,
    timerC: Number.POSITIVE_INFINITY,
    nextAt: Number.POSITIVE_INFINITY,
  }
  state.byServer.set(server.id, proxied)
  startWaiting(state, proxied)
}

/** Starts the next target (serial), all of them (parallel), or those with the highest q. */
export function startWaiting(state: ProxyState, proxied: Proxied): void {
  if (proxied.context.request.method === 'INVITE') proxied.timerC = state.now + TIMER_C_MS
  const starting = proxied.waiting.splice(0, countOf(proxied)).map(target => openBranch(state, proxied, target))
  if (proxied.order === 'by q')
    proxied.nextAt = proxied.waiting.length > 0 ? state.now + state.policy.nextPhonesMs : Number.POSITIVE_INFINITY
  for (const branch of starting) {
    if (branch.state === 'asking') followBranch(state, proxied, branch, runSteps(state.lists.onBranch, branch.context, houseOf(state)))
  }
}

function countOf({ order, waiting }: Proxied): number {
  if (order === 'serial') return 1
  return order === 'by q' ? highest(waiting) : waiting.length
}

function openBranch(state: ProxyState, proxied: Proxied, target: Target): Branch {
  const { context } = proxied
  const leg = context.token?.leg ?? (context.side === 'outside' ? 'a' : `b${state.policy.newCallId().slice(-8)}`)
  const branch: Branch = { leg, target, state: 'asking', context: { ...context, target, leg }, ways: [], media: false }
  proxied.branches.push(branch)
  return branch
}

export function resumeBranch(state: ProxyState, wait: Wait & { at: 'branch' }): void {
  if (wait.branch.state === 'ended') return
  followBranch(state, wait.proxied, wait.branch, runSteps<BranchContext>(wait.steps, wait.branch.context, houseOf(state)))
}

function followBranch(state: ProxyState, proxied: Proxied, branch: Branch, outcome: Outcome<BranchContext>): void {
  switch (outcome.kind) {
    case 'asking':
      branch.context = outcome.context
      branch.media ||= outcome.effect.ask === 'media' && proxied.context.token === undefined
      return ask(
        state,
        { at: 'branch', proxied, branch, steps: outcome.steps as readonly Step<BranchContext>[] },
        outcome.effect,
        outcome.context,
      )
    case 'reply':
      return finishBranch(state, proxied, branch, outcome.reply, true)
    case 'done':
      branch.context = outcome.context
      return send(state, proxied, branch)
    default:
      return finishBranch(state, proxied, branch, { status: 500 }, true)
  }
}

function send(state: ProxyState, proxied: Proxied, branch: Branch): void {
  if (proxied.cancelled) return finishBranch(state, proxied, branch, { status: 487 }, true)
  branch.ways = wellFirst(branch.context, waysOf(branch.context, state), state)
  if (isBestLeftOut(state, proxied, branch)) return finishBranch(state, proxied, branch, { status: 503 }, true)
  if (sizeMatters(branch.context, branch.ways, state) && isLarge(state, branch.context)) branch.ways = streamsFirst(branch.ways, state)
  if (!sendBy(state, proxied, branch)) finishBranch(state, proxied, branch, { status: unreachableStatus(branch) }, true)
}

/** All servers that DNS gave are in trouble, and another target may not be. */
function isBestLeftOut(state: ProxyState, { order, waiting }: Proxied, { context, ways }: Branch): boolean {
  const { hosts, now } = state
  const isNamed = context.answers.ways !== undefined && mayBeAvoided(context, state)
  if (hosts.size === 0 || order !== 'serial' || waiting.length === 0 || !isNamed) return false
  return ways.every(({ hop }) => hosts.troubleAt(placeAt(hop), now) !== undefined)
}

/** Sends by the next way there is; false when there is none. */
function sendBy(state: ProxyState, proxied: Proxied, branch: Branch): boolean {
  const [way, ...others] = branch.ways
  if (way === undefined) return false
  branch.ways = others
  branch.way = way
  branch.context = { ...branch.context, target: { ...branch.context.target, flow: way.flow } }
  const message = forwardedRequest(branch.context, state.policy, state.policy.signRoute)
  if (proxied.context.token === undefined && branch.target.side === 'outside') {
    branch.recordRoute = message.all(RecordRoute).map(value => value.uri)
  }
  const loop = `${state.policy.token()}${MARK}${loopMark(proxied.context.request, state.policy)}`
  const client = state.layer.send(state.now, message, way.hop, { branch: loop, ...(isLast(proxied, branch) ? {} : { giveUpMs: TRY_MS }) })
  branch.client = client
  branch.sentAt = state.now
  branch.state = 'sent'
  if (state.hosts.size > 0) state.hosts.tried(placeAt(way.hop), state.now)
  state.byClient.set(client.id, { proxied, branch, recordRoute: branch.recordRoute })
  return true
}

/** Whether nobody else is left to try: another server that DNS gave, or another carrier. */
function isLast({ order, waiting }: Proxied, { ways, context }: Branch): boolean {
  return (ways.length === 0 || context.answers.ways === undefined) && (order !== 'serial' || waiting.length === 0)
}

/** A branch had no answer: its timer ran out, or the way broke. */
export function branchFailed(state: ProxyState, proxied: Proxied, branch: Branch, cause: 'timeout' | 'transport'): void {
  if (branch.state === 'ended') return
  if (cause === 'transport' && branch.way?.forSize) noteRefusal(state, branch.way)
  else noteTrouble(state, branch, ({ hosts, now }, place) => hosts.failed(place, now))
  const mayGoOn = branch.state === 'sent' && (cause === 'transport' || branch.context.answers.ways !== undefined)
  if (mayGoOn && sendBy(state, proxied, branch)) return
  if (cause === 'timeout') return finishBranch(state, proxied, branch, { status: 408 }, true)
  finishBranch(state, proxied, branch, { status: unreachableStatus(branch) }, true)
}

/** What an answer says of where it comes from. RFC 3261 §21.5.4. */
export function noteAnswer(state: ProxyState, branch: Branch, { status, headers }: SipResponse): void {
  if (status === 503) noteTrouble(state, branch, ({ hosts, now }, place) => hosts.refused(place, headers.get(RetryAfter)?.seconds, now))
  else if (state.hosts.size > 0) noteTrouble(state, branch, ({ hosts }, place) => hosts.heard(place))
}

function noteTrouble(state: ProxyState, { context, way }: Branch, note: (state: ProxyState, place: string) => HostNews | undefined): void {
  if (way === undefined || way.forSize || !mayBeAvoided(context, state)) return
  const news = note(state, placeAt(way.hop))
  if (news !== undefined) state.outputs.push({ kind: 'host', news })
}

/** In a dialog 430 says that the phone's flow is gone (RFC 5626 §11.6); a new call finds the phone not there. */
function unreachableStatus({ target, context }: Branch): number {
  if (target.flow.flow === undefined) return 503
  return context.token === undefined ? 480 : 430
}

/** The server that DNS gave cannot take it; the next one may. RFC 3263 §4.3. False when there is none. */
export function tryElsewhere(state: ProxyState, proxied: Proxied, branch: Branch, status: number): boolean {
  const mayGoOn = status === 503 && branch.context.answers.ways !== undefined && branch.state === 'sent'
  return mayGoOn && !proxied.answered && !proxied.expired && sendBy(state, proxied, branch)
}

/** Of most requests what they came with says that they are small. RFC 3261 §18.1.1. */
function isLarge({ policy }: ProxyState, context: BranchContext): boolean {
  const { request, changes } = context
  if (request.wire.length + (changes.sdp?.length ?? 0) < CERTAINLY_SMALL) return false
  return needsStream(forwardedRequest(context, policy, policy.signRoute).toBytes().length + VIA_BYTES)
}

/** A branch got its final response, or none. `ours` when no response came from downstream. */
export function finishBranch(state: ProxyState, proxied: Proxied, branch: Branch, final: SipResponse | Reply, ours: boolean): void {
  branch.state = 'ended'
  // It was ours to pass the phone over; who called has cancelled nothing.
  branch.final = final.status === 487 && proxied.order === 'by q' && !proxied.cancelled ? { status: 408 } : final
  if (branch.client?.state !== 'abandoned') releaseBranch(state, proxied, branch)
  if (proxied.answered) return
  if (final.status >= 600) {
    proxied.waiting.length = 0
    cancelBranches(state, proxied, branch)
  }
  const mayGoOn = proxied.order === 'serial' && !proxied.cancelled && !proxied.expired && state.lists.tryNext(final.status)
  if ((mayGoOn && proxied.waiting.length > 0) || mayTryNext(proxied)) return startWaiting(state, proxied)
  if (proxied.order === 'serial') proxied.waiting.length = 0
  settle(state, proxied, ours)
}

/** Answers when no branch is left that could. */
export function settle(state: ProxyState, proxied: Proxied, ours: boolean): void {
  if (proxied.answered || proxied.branches.some(b => b.state !== 'ended')) return
  releaseEnded(state, proxied)
  answerBest(state, proxied, ours)
}

/** Cancels all other branches that have not ended (RFC 3261 §16.7 step 10). */
export function cancelBranches(state: ProxyState, proxied: Proxied, except: Branch | undefined, reason?: string): void {
  for (const branch of proxied.branches) {
    if (branch === except || branch.state === 'ended' || branch.state === 'cancelling') continue
    if (branch.client !== undefined && proxied.context.request.method === 'INVITE') {
      branch.state = 'cancelling'
      state.layer.cancel(state.now, branch.client, reason !== undefined ? { reason } : {})
    } else if (branch.state === 'asking') {
      branch.state = 'ended'
      branch.final = { status: 487 }
      releaseBranch(state, proxied, branch)
    }
  }
}

/** The phones of the highest q have rung long enough. RFC 3261 §16.6. */
export function passOver(state: ProxyState, proxied: Proxied): void {
  proxied.nextAt = Number.POSITIVE_INFINITY
  cancelBranches(state, proxied, undefined)
  if (mayTryNext(proxied)) startWaiting(state, proxied)
  else settle(state, proxied, true)
}
