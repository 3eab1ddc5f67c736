/** The command line of `rtp-relayd`: what it comes to, and what is wrong with it. */
import { readFileSync } from 'node:fs'
import { configFrom, V8_FLAGS } from '@strowger/runtime'
import { describe, expect, test } from 'vitest'
import { RELAYD_HELP, relaydCommand } from '../src/options.ts'

const values = (...args: string[]): Record<string, unknown> => {
  const command = relaydCommand(args)
  if (command.kind !== 'start') throw new Error(`${command.kind}: ${JSON.stringify(command)}`)
  return command.values as Record<string, unknown>
}

test('the program is started with the flags that a role of the platform is', () => {
  const [first] = readFileSync(new URL('../bin/rtp-relayd.mjs', import.meta.url), 'utf8').split('\n')
  expect(first).toBe(`#!/usr/bin/env -S node ${V8_FLAGS.join(' ')}`)
})

describe('the command line', () => {
  test('without a word is a relay on loopback that keeps its sessions', () => {
    const config = configFrom(values())
    expect(config).toMatchObject({
      data: '/var/lib/rtp-relayd',
      media: { ng: { address: '127.0.0.1', port: 2223 }, ngTcp: { enabled: false } },
    })
  })

  test('says all of it in the words of an rtpengine', () => {
    const args = [
      '--interface=lan/192.0.2.1!198.51.100.1',
      '-i',
      'lan/2001:db8::1;wan/192.0.2.2',
      '--listen-ng=192.0.2.1:22222',
      '--listen-tcp-ng=2223',
    ]
    const more = [
      '--listen-http=[::1]:2225',
      '--listen-rtpproxy',
      '7722',
      '-m',
      '30000',
      '-M',
      '40000',
      '--num-threads=4',
      '--timeout=0',
      '--delete-delay=5',
    ]
    const { data, log, media } = configFrom(values(...args, ...more, '--fast-path=off', '--data=/srv/relay', '--log-level=warn'))
    expect({ data, level: log.level }).toEqual({ data: '/srv/relay', level: 'warn' })
    expect(media).toMatchObject({
      interfaces: [
        { name: 'lan', address: '192.0.2.1', advertised: '198.51.100.1' },
        { name: 'lan', address: '2001:db8::1', advertised: '' },
        { name: 'wan', address: '192.0.2.2', advertised: '' },
      ],
      ng: { address: '192.0.2.1', port: 22222 },
      ngTcp: { enabled: true, address: '127.0.0.1', port: 2223 },
      ngHttp: { enabled: true, address: '::1', port: 2225 },
      rtpproxy: { enabled: true, address: '127.0.0.1', port: 7722 },
      ports: { from: 30_000, to: 40_000 },
      threads: 4,
      silenceSeconds: 0,
      deleteDelaySeconds: 5,
      fastPath: 'off',
    })
  })

  test.each([
    [['--listen-ng=1:2:3'], '--listen-ng is [ADDRESS:]PORT, not "1:2:3"'],
    [['--interface=a/b/c'], '--interface is [NAME/]ADDRESS[!ADVERTISED], not "a/b/c"'],
    [['--port-min=many'], '--port-min is a whole number, not "many"'],
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['word'], "Unexpected argument 'word'"],
    [['--config=x.yaml', '--data=/srv'], '--config has it all: leave the other options out, or it'],
  ])('%j is answered with what to do', (args, message) => {
    expect(relaydCommand(args)).toEqual({ kind: 'wrong', message: `${message}; \`rtp-relayd --help\` shows what there is` })
  })

  test('may be a file instead, or a question', () => {
    expect(relaydCommand(['--config', 'relay.yaml'])).toEqual({ kind: 'start-of-file', file: 'relay.yaml' })
    expect(relaydCommand(['-h'])).toEqual({ kind: 'help' })
  })

  test('is explained, every option of it', () => {
    const options =
      'interface listen-ng listen-tcp-ng listen-http listen-rtpproxy port-min port-max num-threads timeout delete-delay fast-path data log-level config help'
    for (const option of options.split(' ')) expect(RELAYD_HELP).toContain(`--${option}`)
  })
})
