/** Runs every example by the command that examples/README.md gives, and reads what it prints. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, runCommand } from './run-source.ts'

const folder = join(root, 'examples')
const examples = readdirSync(folder).filter(name => /^\d\d-.*\.ts$/.test(name))
const readme = readFileSync(join(folder, 'README.md'), 'utf8')
const command = /```sh\n(.*)examples\/01-parse\.ts\n```/.exec(readme)?.[1] ?? 'no command in examples/README.md: '

const PRINTS: Readonly<Record<string, readonly RegExp[]>> = {
  '01-parse.ts': [
    /^OPTIONS for bob at example\.com/,
    /\nVia: SIP\/2\.0\/UDP 198\.51\.100\.7:5060;branch=z9hG4bK1d2c;rport\r\nv: SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK74bf9\r\n/,
    /\nMax-Forwards: 69\r\n/,
    /\nX-Odd: {3}kept as it is {2}\r\n/,
    /\nSIP\/2\.0 483 Too Many Hops\r\n/,
    /\nbad-cseq at byte 43\n$/,
  ],
  '02-answer-options.ts': [
    /^OPTIONS over udp: 200 OK, allowed: OPTIONS\nOPTIONS over tcp: 200 OK, allowed: OPTIONS\n/,
    /MESSAGE over tcp: 405 Method Not Allowed, allowed: OPTIONS\n$/,
  ],
  '03-simulated-call.ts': [
    /^0\t-> INVITE .*\(lost\)\n500\t-> INVITE .*\(lost\)\n1500\t-> INVITE .*SIP\/2\.0\n1520\t<- SIP\/2\.0 603 Decline\n/,
    /\n1540\t-> ACK .*\(lost\)\n2020\t<- SIP\/2\.0 603 Decline {3}\(lost\)\n3020\t<- SIP\/2\.0 603 Decline\n3040\t-> ACK /,
    /\n8060\tserver transaction is over\n33540\tclient transaction is over\n$/,
  ],
  '04-udp-echo.ts': [/^256 datagrams came back; the echo was called \d+ times \(native\)\n/],
  '05-relay-rtp.ts': [
    /^alice sent 49 packets, 8428 bytes, 1 lost, jitter [\d.]+ ms; was sent 50\n/,
    /\nbob sent 50 packets, 8600 bytes, 0 lost, jitter [\d.]+ ms; was sent 49\n$/,
  ],
}

describe('examples', () => {
  it.each(examples)('%s runs by the documented command, ends by itself and prints what it should', async name => {
    const output = await runCommand(`${command}examples/${name}`)
    for (const pattern of PRINTS[name]!) expect(output).toMatch(pattern)
  })

  it.each(examples)('%s fits on one screen and imports published names only', name => {
    const text = readFileSync(join(folder, name), 'utf8')
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40)
    for (const [, from] of text.matchAll(/(?:from|^import) '([^']+)'/gm)) expect(from).toMatch(/^(node:|@strowger\/[\w-]+(\/node)?$)/)
  })

  it('the README lists each of them', () => {
    expect([...readme.matchAll(/\]\((\d\d-.*\.ts)\)/g)].map(match => match[1])).toEqual(examples)
  })
})
