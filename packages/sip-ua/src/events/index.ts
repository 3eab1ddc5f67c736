/**
 * Events of SIP user agents: subscriptions, REFER, PUBLISH, MESSAGE and INFO (RFC 6665, 3515, 3903, 3428, 6086), without IO.
 *
 * @packageDocumentation
 */
export { type EventName, type EventPackage, eventName, sameEvent } from './event-package.ts'
export { bareAnswer, fitsMessage, type MessageDraft, type MessageVerdict, newMessage, readMessage } from './message.ts'
export { type NotifierState, notifierTable } from './notifier-table.ts'
export {
  activateNotifier,
  answerNotifier,
  changeNotifier,
  type Ending,
  type EndReason,
  endNotifier,
  type NotifierStep,
  type NotifierUsage,
  type NotifyDraft,
  nextNotifierWake,
  refreshNotifier,
  shiftNotifier,
  startNotifier,
  wakeNotifier,
} from './notifier-usage.ts'
export { fragmentValues, parseSipfrag, type Sipfrag, statusFragment, statusOfFragment, writeSipfrag } from './sipfrag.ts'
