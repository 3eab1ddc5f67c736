import { basename } from 'node:path'
import { configFrom } from '@strowger/runtime'
import { describe, expect, it } from 'vitest'
import { fastPathOf } from '../src/fast-path.ts'

describe.runIf(process.platform === 'linux')('where the kernel’s forwarding is pinned (Linux only)', () => {
  it.each(['192.0.2.1', '2001:db8::1'])('is a name that a bpffs takes, which has no dot: %s', listen => {
    expect(basename(fastPathOf(configFrom({ listen })).fastPath!)).toMatch(/^\d+-[0-9a-f_:]+-\d+$/)
  })

  it('tells addresses and ports of one network apart', () => {
    const names = [
      configFrom({ listen: '192.0.2.1' }),
      configFrom({ listen: '192.0.2.2' }),
      configFrom({ listen: '192.0.2.1', media: { ports: { from: 50_000, to: 50_099 } } }),
    ].map(config => fastPathOf(config).fastPath)
    expect(new Set(names).size).toBe(3)
  })

  it('is nowhere when it is off', () => {
    expect(fastPathOf(configFrom({ media: { fastPath: 'off' } })).fastPath).toBeUndefined()
  })
})
