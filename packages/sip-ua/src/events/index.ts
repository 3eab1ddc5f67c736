/**
 * Events of SIP user agents, without IO: subscriptions on both sides, REFER, PUBLISH, MESSAGE and INFO (RFC 6665, 3515, 3903, 3428,
 * 6086). Input, drain, sleep: after any call that takes the time, `poll` until `undefined`, then wait until `nextWake`. Everything that
 * is remembered is JSON; what came from the network never throws.
 *
 * ```ts
 * import { responseTo, type SipRequest } from '@strowger/sip-parser'
 * import { Notifier, Subscription } from '@strowger/sip-ua/events'
 * import { nodeRandom as random, nodeToken as token } from '@strowger/sip-ua/node'
 *
 * const mwi = { name: 'message-summary', accepts: ['application/simple-message-summary'], defaultSeconds: 3600 }
 * const mailbox = new Notifier({ packages: [mwi], contact: 'sip:mail@192.0.2.1', token })
 * const lamp = new Subscription({ target: 'sip:alice@example.com', from: 'sip:alice@example.com', contact: 'sip:alice@192.0.2.7',
 *   event: { type: 'message-summary' }, accept: mwi.accepts, seconds: 3600 }, { token, random })
 *
 * lamp.start(0)
 * for (let output = lamp.poll(); output; output = lamp.poll()) console.log(output.kind) // 'send': a SUBSCRIBE for the transaction layer
 *
 * const serve = (now: number, request: SipRequest) => { // what the layer received: the response goes back first
 *   const taken = mailbox.subscribe(now, request)
 *   if (taken.kind === 'answered') return taken.response
 *   return mailbox.accept(now, taken.offer, { body: { contentType: 'application/simple-message-summary', text: 'Messages-Waiting: yes\r\n' } }).response
 * }
 * const hear = (now: number, request: SipRequest) => lamp.notify(now, request) ?? responseTo(request, 481)
 * console.log(serve.length, hear.length, mailbox.nextWake) // 2 2 Infinity
 * ```
 *
 * @packageDocumentation
 */
export type { Account } from './credentials.ts'
export { type Answer, answerTo, type Draft, draftIn } from './draft.ts'
export type { EventName, EventPackage } from './event-package.ts'
export { type InfoNews, type InfoRules, infoDraft, packagesOf, recvInfo, takeInfo } from './info.ts'
export { bareAnswer, fitsMessage, type MessageDraft, type MessageVerdict, newMessage, readMessage } from './message.ts'
export {
  Notifier,
  type NotifierOptions,
  type NotifierOutput,
  type NotifierSubscription,
  type SubscribeOffer,
  type SubscribeTaken,
} from './notifier.ts'
export { type NotifierState, notifierTable } from './notifier-table.ts'
export { type Ending, type EndReason, type NotifierUsage, nextNotifierWake, shiftNotifier } from './notifier-usage.ts'
export type { StateBody } from './notify-draft.ts'
export { Publication, type PublicationData, type PublicationOptions, type PublicationOutput, type PublicationTools } from './publication.ts'
export { PublicationStore, type PublicationStoreOptions, type PublicationStoreOutput, type PublishedState } from './publication-store.ts'
export { type PublicationState, publicationTable } from './publication-table.ts'
export {
  acceptRefer,
  answerReferral,
  progressReferral,
  type ReferOffer,
  type ReferRules,
  type Referral,
  type ReferralStep,
  refreshReferral,
  takeRefer,
  wakeReferral,
} from './refer-receive.ts'
export { newRefer, type ReferWish, referDraft } from './refer-request.ts'
export { isAbout, referAnswered, referNotified, type SentRefer, sentRefer, shiftSentRefer, wakeSentRefer } from './refer-send.ts'
export { type ReferralState, referralTable } from './refer-send-table.ts'
export { type ReferTarget, type ReplacesReference, referTarget } from './refer-target.ts'
export { fragmentValues, parseSipfrag, type Sipfrag, statusFragment, writeSipfrag } from './sipfrag.ts'
export { type SubscriberState, subscriberTable } from './subscriber-table.ts'
export { Subscription, type SubscriptionOptions, type SubscriptionOutput, type SubscriptionTools } from './subscription.ts'
export type { SubscriptionData } from './subscription-data.ts'
export { type SubscriptionState, subscriptionTable } from './subscription-table.ts'
