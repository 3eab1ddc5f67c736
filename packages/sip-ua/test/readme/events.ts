import { parse, type SipRequest } from '@strowger/sip-parser'
import { Notifier, Subscription } from '@strowger/sip-ua/events'
import { nodeRandom as random, nodeToken as token } from '@strowger/sip-ua/node'

const type = 'application/simple-message-summary'
const mwi = { name: 'message-summary', accepts: [type], defaultSeconds: 3600 }
const mailbox = new Notifier({ packages: [mwi], contact: 'sip:mail@192.0.2.1', token })
const [target, event] = ['sip:alice@example.com', { type: mwi.name }]
const lamp = new Subscription(
  { target, from: target, contact: 'sip:alice@192.0.2.7', event, accept: [type], seconds: 3600 },
  { token, random },
)

/** Where the transaction layer would be: it puts in Via and carries the request. */
function carry(request: { toBytes(): Uint8Array; raw(name: string, value: string): unknown }): SipRequest {
  request.raw('Via', 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKreadme')
  return parse(request.toBytes()) as SipRequest
}

lamp.start(0)
for (let output = lamp.poll(); output; output = lamp.poll()) {
  if (output.kind !== 'send') continue
  const taken = mailbox.subscribe(0, carry(output.request))
  if (taken.kind === 'offer') mailbox.accept(0, taken.offer, { body: { contentType: type, text: 'Messages-Waiting: yes\r\n' } })
}
mailbox.wake(0)
for (let output = mailbox.poll(); output; output = mailbox.poll())
  if (output.kind === 'send') console.log(lamp.notify(0, carry(output.request))?.kind) // response
for (let output = lamp.poll(); output; output = lamp.poll()) console.log(output.kind) // state
