import { exchangeStep, mayOffer, NO_EXCHANGE, SESSION_TIMER, serveTimer, wakeTimer } from '@strowger/sip-ua/rules'

// Who owes an answer? One step for each message that may carry a session description.
const invited = exchangeStep(NO_EXCHANGE, 'receive', { method: 'INVITE', description: true })
const rung = exchangeStep(invited.exchange, 'send', { method: 'INVITE', status: 183, reliable: true, description: true })
console.log(invited.verdict, rung.verdict, mayOffer(rung.exchange, 'UPDATE')) // offer answer false
const acknowledged = exchangeStep(rung.exchange, 'receive', { method: 'PRACK', description: false })
console.log(mayOffer(acknowledged.exchange, 'UPDATE')) // true

// Who refreshes the session, and when? Times are the caller's clock.
const served = serveTimer(0, { supported: true, expires: { seconds: 1800 } }, SESSION_TIMER)
if (served.kind === 'timer') console.log(served.expires.refresher, wakeTimer(served.timer, 900_000)) // uas refresh
