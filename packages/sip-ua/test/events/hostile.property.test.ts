import { parse, type SipRequest } from '@strowger/sip-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { confirm, dialogAsServer } from '../../src/dialog.ts'
import { answerTo, draftIn } from '../../src/events/draft.ts'
import { takeInfo } from '../../src/events/info.ts'
import { readMessage } from '../../src/events/message.ts'
import { Notifier } from '../../src/events/notifier.ts'
import { PublicationStore } from '../../src/events/publication-store.ts'
import { acceptRefer, answerReferral, progressReferral, takeRefer } from '../../src/events/refer-receive.ts'
import { referNotified, sentRefer } from '../../src/events/refer-send.ts'
import { Watch } from './watch.ts'

const ODD = [
  '',
  'x',
  '0',
  '1',
  '4294967296',
  '-1',
  '"',
  '"a\\"b"',
  '<sip:a@b>',
  '<sip:a@b?Replaces=x>',
  '<sip:%00@b;method=INVITE>',
  '<tel:+1>',
  '<http://x/>',
  '*',
  ';',
  'a;b=c',
  'a;id=";\0"',
  'message-summary',
  'message-summary;id="é"',
  'refer',
  'refer;id=1',
  'presence',
  'active',
  'active;expires=0',
  'active;expires=99999999999',
  'terminated;reason=probation;retry-after=4000000000',
  'terminated',
  'true',
  'false',
  'text/plain',
  'message/sipfrag',
  'application/pidf+xml',
  'application/simple-message-summary',
  'norefersub',
  '*/*',
  'a/*;q=0',
  '"\\\u0001" <sip:a@[::1]>;tag="q"',
]
const NAMES = [
  'Event',
  'o',
  'Subscription-State',
  'Expires',
  'Accept',
  'Contact',
  'Refer-To',
  'r',
  'Refer-Sub',
  'Referred-By',
  'Require',
  'SIP-If-Match',
  'Content-Type',
  'Info-Package',
  'Recv-Info',
  'Record-Route',
  'Retry-After',
  'Content-Disposition',
]
const BODIES = ['', 'SIP/2.0 200 OK', 'SIP/2.0 100', 'nonsense', '\r\n\r\n', 'Messages-Waiting: yes', '\0\u00ff']

const line = fc
  .tuple(fc.constantFrom(...NAMES), fc.oneof(fc.constantFrom(...ODD), fc.string({ maxLength: 12 })))
  .map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, ' ')}`)

/** A request as it arrives; `undefined` when the parser has refused it already. */
function arrived(
  method: string,
  lines: readonly string[],
  body: string,
  [callId, fromTag, toTag]: readonly string[],
  cseq: number,
): SipRequest | undefined {
  const bytes = new TextEncoder().encode(body)
  const head = [
    `${method} sip:bob@192.0.2.1 SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1',
    'Max-Forwards: 70',
    `From: <sip:a@b>;tag=${fromTag}`,
    `To: <sip:c@d>${toTag ? `;tag=${toTag}` : ''}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...lines,
    `Content-Length: ${bytes.length}`,
    '',
    '',
  ]
  const message = parse(new Uint8Array([...new TextEncoder().encode(head.join('\r\n')), ...bytes]))
  return message.kind === 'request' ? message : undefined
}

const said = fc.record({
  lines: fc.array(line, { maxLength: 7 }),
  body: fc.constantFrom(...BODIES),
  cseq: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  tag: fc.constantFrom('r1', 'r2', '"q"'),
})
const RUNS = { numRuns: 400 }

describe('whatever comes from the network', () => {
  it('a watcher answers it, and what it remembers stays JSON (RFC 6665 §4.1.3)', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 6 }), fc.boolean(), (all, forks) => {
        const { watcher } = new Watch({ subscription: { forks, accept: [] } })
        watcher.start(0)
        const { callId, localTag } = watcher.save(0)
        for (const [i, { lines, body, cseq, tag }] of all.entries()) {
          const request = arrived('NOTIFY', lines, body, [callId, tag, localTag], cseq)
          if (request) expect(watcher.notify(i, request)?.toBytes().length).toBeGreaterThan(0)
          expect(JSON.parse(JSON.stringify(watcher.save(i)))).toEqual(watcher.save(i))
          watcher.wake(i * 5000)
          for (let output = watcher.poll(); output; output = watcher.poll()) if (output.kind === 'send') output.request.toBytes()
        }
        expect(watcher.save(0).forks.length).toBeLessThanOrEqual(16)
      }),
      RUNS,
    )
  })

  it('a notifier answers it (RFC 6665 §4.2.1)', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 6 }), all => {
        let token = 0
        const packages = ['message-summary', 'presence'].map(name => ({ name, accepts: ['text/plain'], defaultSeconds: 60, minSeconds: 5 }))
        const notifier = new Notifier({ packages, contact: 'sip:n@192.0.2.2', token: () => `n${++token}`, capacity: 3 })
        for (const { lines, body, cseq, tag } of all) {
          const request = arrived('SUBSCRIBE', lines, body, ['c1', tag, token % 2 ? `n${token}` : ''], cseq)
          const taken = request && notifier.subscribe(0, request)
          const response = taken?.kind === 'offer' ? notifier.accept(0, taken.offer).response : taken?.response
          response?.toBytes()
          for (let output = notifier.poll(); output; output = notifier.poll()) if (output.kind === 'send') output.request.toBytes()
          expect(JSON.parse(JSON.stringify(notifier.save(0)))).toEqual(notifier.save(0))
        }
        notifier.wake(4_294_967_296_000)
        expect(notifier.save(0).length).toBeLessThanOrEqual(3)
      }),
      RUNS,
    )
  })

  it('REFER, INFO, MESSAGE and PUBLISH are answered (RFC 3515 §2.4.2, RFC 6086 §4.2.2, RFC 3428 §7, RFC 3903 §6)', () => {
    fc.assert(
      fc.property(said, ({ lines, body, cseq, tag }) => {
        const request = arrived('REFER', lines, body, ['c1', tag, ''], cseq)
        if (!request) return
        const taken = takeRefer(request, { supported: ['replaces'] })
        const accepted = 'offer' in taken ? acceptRefer(taken.offer, 0) : undefined
        answerTo(request, accepted?.answer ?? ('refusal' in taken ? taken.refusal : { status: 500, headers: [] }), {
          toTag: 't',
          contact: 'sip:b@c',
        }).toBytes()
        const dialog = dialogAsServer(request, 't', 'sip:b@c')
        const first = accepted?.step
        if (dialog && first?.notify) draftIn(confirm(dialog), first.notify).edit.toBytes()
        if (first) expect(answerReferral(progressReferral(first.referral, 1, 486).referral, 2, 200).notify).toBeDefined()
        referNotified(sentRefer(0, 1), 0, request)
        answerTo(request, takeInfo(request, { packages: ['x'], legacy: ['text/plain'] }).answer, { toTag: 't' }).toBytes()
        readMessage(request, ['text/*'])
        const store = new PublicationStore({
          packages: [{ name: 'presence', accepts: ['application/pidf+xml'], defaultSeconds: 60 }],
          token: () => 'e',
        })
        answerTo(request, store.publish(0, 'alice', request), { toTag: 't' }).toBytes()
      }),
      RUNS,
    )
  })
})
