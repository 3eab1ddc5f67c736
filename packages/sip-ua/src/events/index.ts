/**
 * Events of SIP user agents: subscriptions, REFER, PUBLISH, MESSAGE and INFO (RFC 6665, 3515, 3903, 3428, 6086), without IO.
 *
 * @packageDocumentation
 */
export type { Account } from './credentials.ts'
export { type Answer, answerTo, type Draft, draftIn } from './draft.ts'
export { type EventName, type EventPackage, eventName, sameEvent } from './event-package.ts'
export { type FollowUp, followUpOf, refusalFollowUp } from './follow-up.ts'
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
export { fragmentValues, parseSipfrag, type Sipfrag, statusFragment, statusOfFragment, writeSipfrag } from './sipfrag.ts'
export { type SubscriberState, subscriberTable } from './subscriber-table.ts'
export { Subscription, type SubscriptionOptions, type SubscriptionOutput, type SubscriptionTools } from './subscription.ts'
export type { SubscriptionData } from './subscription-data.ts'
export { type SubscriptionState, subscriptionTable } from './subscription-table.ts'
