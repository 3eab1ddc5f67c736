/** The NG script against our daemon and, where it is installed, against an rtpengine: what a controller sees must be the same. */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { needing } from '../../../e2e/peers.ts'
import { freePort } from '../../../e2e/ports.ts'
import { type Rtpengine, startRtpengine } from '../../../e2e/rtpengine.ts'
import { startTestRole, type TestRole } from '../test/media-role.ts'
import { NG_SCRIPT, onStage } from './ng-script.ts'

describe('our daemon', () => {
  let role: TestRole
  beforeAll(async () => {
    role = await startTestRole()
  })
  afterAll(() => role.stop())
  for (const { name, run } of NG_SCRIPT) it(name, () => onStage(role.ng, run))
})

const { title, skip } = needing('rtpengine', 'rtpengine')

describe.skipIf(skip)(title, () => {
  let engine: Rtpengine
  beforeAll(async () => {
    const from = await freePort(1000)
    engine = await startRtpengine({ ports: { from, to: from + 999 } })
  })
  afterAll(() => engine?.stop())
  for (const { name, run } of NG_SCRIPT) it(name, () => onStage({ address: '127.0.0.1', port: engine.udp }, run))
})
