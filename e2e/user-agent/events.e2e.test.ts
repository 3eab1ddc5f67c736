/** baresip and SIPp subscribe and publish at a server of ours. RFC 6665 §4.2, RFC 3903 §6, RFC 3842, RFC 3856. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Baresip } from '../baresip.ts'
import { needing } from '../peers.ts'
import { until } from '../until.ts'
import { Stage, stages } from './stage.ts'
import { StateServer } from './state-server.ts'

const { title, skip } = needing('baresip at a server of ours', 'baresip')
const plain = needing('SIPp at a server of ours', 'sipp')

// Never both modules at once: now and then mwi then subscribes again and again without waiting for any answer.
describe.skipIf(skip)(title, () => {
  let stage: Stage
  let server: StateServer
  let bob: Baresip
  beforeEach(async () => {
    stage = new Stage()
    server = stage.keep(await StateServer.open([SUMMARY, PRESENCE]))
  })
  afterEach(() => stage.close())

  const start = async (options: object): Promise<void> => {
    const home = { folder: stage.folder, users: server.address, demo: { domain: server.address }, password: () => 'secret' }
    bob = await Baresip.start(home, { username: 'bob', address: '127.0.0.4', direct: true, patienceMs: 20_000, ...options })
    stage.keep({ close: () => bob.stop() })
  }

  test('it hears that messages wait, that they do no more, and unsubscribes (RFC 3842 §3, RFC 6665 §4.2)', async () => {
    server.set('bob', SUMMARY.name, { contentType: SUMMARY.accepts[0]!, text: 'Messages-Waiting: yes\r\nVoice-Message: 2/1\r\n' })
    await start({ applications: ['mwi'], account: ';mwi=yes' })
    await until('messages that wait', () => /----- MWI[^-]*-----\s+Messages-Waiting: yes/.test(bob.output))
    server.set('bob', SUMMARY.name, { contentType: SUMMARY.accepts[0]!, text: 'Messages-Waiting: no\r\n' })
    await until('no messages', () => /----- MWI[^-]*-----\s+Messages-Waiting: no/.test(bob.output))
    await bob.stop()
    await until('the end of its subscription', () => [...server.notifier.subscriptions()].length === 0)
  })

  test('it publishes that it is there, hears of it, and takes it back (RFC 3856 §6, RFC 3903 §6)', async () => {
    await start({ applications: ['presence'], account: ';pubint=60', contacts: [`"Bob" <sip:bob@${server.address}>;presence=p2p`] })
    await until('its own state in a NOTIFY', () => /NOTIFY sip:bob(?:[^\n]+\n)*Content-Type: application\/pidf/.test(bob.output))
    expect(server.store.stateOf('bob', 'presence').at(-1)?.body.text).toContain('<basic>open</basic>')
    await bob.stop()
    // It may have published twice before it knew the first tag, and takes back the second.
    await until('the end of both', () => [...server.notifier.subscriptions()].length === 0 && server.store.size <= 1)
    expect(bob.output).toMatch(/PUBLISH sip:bob(?:[^\n]+\n)*Expires: 0/)
  })
})

describe.skipIf(plain.skip)(plain.title, () => {
  const stage = stages()

  test('it subscribes, refreshes and unsubscribes; publishes, and forgets its tag (RFC 6665 §4.2.1, RFC 3903 §6)', async () => {
    const server = stage().keep(await StateServer.open([SUMMARY, PRESENCE]))
    const caller = await stage().caller('caller-subscribes', { contact: `sip:bob@${server.address}` }, { words: { callee: 'bob' } })
    await caller.done()
    expect([...server.notifier.subscriptions()]).toEqual([])
    expect(server.store.stateOf('bob', 'presence').map(({ body }) => body.text.trim())).toEqual(['closed'])
  })
})

const SUMMARY = { name: 'message-summary', accepts: ['application/simple-message-summary'], defaultSeconds: 3600 }
const PRESENCE = { name: 'presence', accepts: ['application/pidf+xml'], defaultSeconds: 3600 }
