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
  '06-registrar.ts': [
    /^REGISTER for alice: 401 \{\n {2}'WWW-Authenticate': \[\n.*algorithm=SHA-256, qop="auth"',\n.*algorithm=MD5, qop="auth"'\n/,
    /\nREGISTER for alice: 423 \{ 'Min-Expires': '60' \}\nREGISTER for alice: 200 \{ Contact: \[ '<sip:alice@127\.0\.0\.1:\d+>;expires=60' \] \}\n/,
    /\nREGISTER for alice: 200 \{\n {2}Contact: \[\n.*:\d+>;expires=\d+',\n.*;transport=tcp>;expires=3600'\n/,
    /\nREGISTER for alice: 403 \{\}\nsip:example\.com answered 403 Forbidden to the REGISTER of sip:alice@example\.com\n/,
    /\nREGISTER for alice: 200 \{\n {2}Contact: \[ '<sip:alice@127\.0\.0\.1:\d+;transport=tcp>;expires=\d+' \]\n\}\n$/,
  ],
  '07-click-to-call.ts': [
    /(^|\n)bob is offered\nv=0\r\no=- 40000 1 IN IP4 127\.0\.0\.1\r\n[\s\S]*?m=audio 40000 RTP\/AVP 8\r\n/,
    /(^|\n)alice is answered\nv=0\r\no=- 40002 1 IN IP4 127\.0\.0\.1\r\n[\s\S]*?m=audio 40002 RTP\/AVP 8\r\n/,
    /\nHTTP 200: connected\nalice: the call is over\nbob: the call is over\n$/,
  ],
  '08-workers.ts': [/^60 calls, 2 threads, at most 1 a call\n$/],
}
const PUBLISHED = /^(node:|@strowger\/[\w-]+(\/(node|digest|call|events))?$)/
/** Whole programs; the others fit on a screen of 40 lines. */
const LINES: Readonly<Record<string, number>> = { '06-registrar.ts': 60, '07-click-to-call.ts': 60 }

describe('examples', () => {
  it.each(examples)('%s runs by the documented command, ends by itself and prints what it should', async name => {
    const output = await runCommand(`${command}examples/${name}`)
    for (const pattern of PRINTS[name]!) expect(output).toMatch(pattern)
  })

  it.each(examples)('%s is short and imports published names only', name => {
    const text = readFileSync(join(folder, name), 'utf8')
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(LINES[name] ?? 40)
    for (const [, from] of text.matchAll(/(?:from|^import) '([^']+)'/gm)) expect(from).toMatch(PUBLISHED)
  })

  it('the README lists each of them', () => {
    expect([...readme.matchAll(/\]\((\d\d-.*\.ts)\)/g)].map(match => match[1])).toEqual(examples)
  })
})
