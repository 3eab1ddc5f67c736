/** `strowger demo` and `strowger carrier-call` against a platform of processes. */
import { afterAll, describe, expect, test } from 'vitest'
import { Phone } from '../src/demo/phone.ts'
import type { StepReport } from '../src/demo/run-demo.ts'
import { Platform } from './platform.ts'

/** One platform for all of them. */
let started: Promise<Platform> | undefined
afterAll(async () => (await started)?.kill())

async function ready(): Promise<Platform> {
  started ??= Platform.start('users-proxy,trunks-proxy,appserver,media,portal,jobs,carrier')
  const platform = await started
  await platform.ready()
  return platform
}

describe('strowger demo', () => {
  test('as data: every call with its ears, its ladder by all elements, and its record', async () => {
    const { code, stdout } = await (await ready()).attempt('demo', '--json')
    const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: StepReport[] }
    expect(steps.map(({ status, problems }) => ({ status, problems }))).toEqual(new Array(4).fill({ status: 200, problems: [] }))
    expect({ ok, code }).toEqual({ ok: true, code: 0 })
    expect(steps.map(({ ears }) => ears.map(ear => `${ear.who} ${ear.expectedHz}`))).toEqual([
      [],
      ['alice 880', 'bob 440'],
      ['alice 440'],
      ['alice 440'],
    ])
    expect(steps.map(({ cdr }) => cdr)).toMatchObject([
      null,
      { direction: 'internal', callee: '102', hungUpBy: 'callee', status: 200, legs: [{ lost: 0 }, { lost: 0 }] },
      { direction: 'service', callee: '*43', hungUpBy: 'caller', status: 200 },
      { direction: 'outbound', callee: '+34911234567', hungUpBy: 'caller', status: 200, legs: [{ lost: 0 }, { lost: 0 }] },
    ])
    const invites = steps[3]!.ladder.filter(({ message }) => message === 'INVITE sdp').map(({ from, to }) => `${from} ${to}`)
    // Of equal order in time only as far as the clocks of busy processes agree.
    const hops = ['alice users-proxy', 'users-proxy appserver', 'appserver trunks-proxy', 'trunks-proxy carrier']
    expect(invites.slice(-4).sort()).toEqual(hops.sort())
    const times = steps[3]!.ladder.map(({ ms }) => ms)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  }, 60_000)

  test('for a person: the ladder, the ears, the records, and OK', async () => {
    const { code, stdout } = await (await ready()).attempt('demo', '--seconds', '1')
    expect(code).toBe(0)
    expect(stdout).toMatch(/│INVITE sdp────►│/)
    expect(stdout).toMatch(/bob heard 4[34]\d\.\d Hz \(expected 440 Hz\), \d+ packets, 0 lost/)
    expect(stdout).toContain('OK: every call was set up, heard and recorded.')
  }, 60_000)
})

describe('strowger carrier-call', () => {
  test('rings the phone behind the number, and both hear each other', async () => {
    const platform = await ready()
    const { domain, users, ddi } = platform.demo
    const { username, password } = users.find(user => user.name === 'alice')!
    const [address, port] = platform.demo.sip.tcp!.split(':') as [string, string]
    const proxy = { address, port: Number(port) }
    const alice = await Phone.open({ username, password, domain, transport: 'TCP', address, proxy, toneHz: 440 })
    await alice.register()
    const picked = alice.answerNext(100)
    const { code, stdout } = await platform.attempt('carrier-call', '--to', ddi, '--seconds', '1')
    const placed = JSON.parse(stdout) as { status: number; heardHz: number; lost: number }
    expect({ code, ...placed }).toMatchObject({ code: 0, status: 200, lost: 0 })
    expect(Math.abs(placed.heardHz - 440)).toBeLessThan(10)
    expect(await (await picked)!.ended).toBe('other side hung up')
    expect(Math.abs((alice.audio.ear.heard().hz ?? 0) - 660)).toBeLessThan(10)
    await alice.unregister()
    await alice.close()
  }, 30_000)

  test('says so when nobody is there', async () => {
    const { code, stdout } = await (await ready()).attempt('carrier-call', '--to', (await ready()).demo.ddi, '--seconds', '1')
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 1, status: 480, heardHz: null })
  }, 30_000)
})
