/** Ctrl-C while somebody talks. */
import { afterEach, describe, expect, test } from 'vitest'
import { PlainPhone } from './plain-phone.ts'
import { Platform } from './platform.ts'

const open: { kill(): void }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.kill()
})

async function talking(): Promise<{ platform: Platform; phone: PlainPhone }> {
  const platform = await Platform.start('users-proxy,trunks-proxy,appserver,media,portal,jobs')
  open.push(platform)
  await platform.ready()
  const phone = await phoneOf(platform)
  expect(await phone.call(platform.demo.services.echo)).toMatch(/^SIP\/2.0 200/)
  return { platform, phone }
}

async function phoneOf(platform: Platform): Promise<PlainPhone> {
  const { demo } = platform
  const phone = await PlainPhone.open(demo.sip.udp!, { ...demo.users[0]!, domain: demo.domain })
  open.push({ kill: () => phone.close() })
  return phone
}

/** Signals within 300 ms are one press. */
function pressIsOver(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 400))
}

describe('a Ctrl-C with calls', () => {
  test('lets them go on and refuses new ones with 503; a second one ends them, with their CDRs', async () => {
    const { platform, phone } = await talking()
    platform.child.kill('SIGINT')
    await expect.poll(async () => (await platform.health()).roles.appserver?.state).toBe('draining')
    expect((await platform.health()).roles.appserver?.detail).toMatchObject({ calls: 1 })
    expect(await (await phoneOf(platform)).call('102')).toMatch(/^SIP\/2.0 503/)
    await expect.poll(() => platform.output.includes('Stopping')).toBe(true)
    await pressIsOver()
    platform.child.kill('SIGINT')
    await phone.receive('BYE ')
    expect(await platform.ended()).toBe(0)
    const cdrs = JSON.parse(await platform.run('cdr', '--json')) as { callee: string; status: number; hungUpBy: string }[]
    expect(cdrs.filter(cdr => cdr.status === 200)).toEqual([expect.objectContaining({ callee: '*43', hungUpBy: 'platform' })])
  })
})
