/** The first code block of a package's README is a program: type-checked here, run here, and the same as in the package's documentation. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, runText } from './run-source.ts'
import { typeErrors } from './type-check.ts'

/** What each prints. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  'sip-parser': /^OPTIONS sip:bob@example\.com SIP\/2\.0\r\nVia: .*198\.51\.100\.7.*\r\nVia: .*192\.0\.2\.1.*\r\nMax-Forwards: 69\r\n/,
  'sip-transaction': /^0 transmit\n500 transmit\n1500 transmit\n(.*\n)+32000 failed\n32000 terminated\n$/,
  'sip-ua': /^REGISTER to example\.com\n$/,
  'rtp-packet': /^a11ce 160 3 received, 1 lost, jitter 0 ms\n$/,
  sdp: /^v=0\r\no=- 2890844730 1 (.*\r\n)+m=audio 3456 RTP\/AVP 8 97\r\n(.*\r\n)+ \{\n {2}kind: 'audio',/,
  'media-control': /^pong\nUnrecognized command\n$/,
  'dgram-ext': /^hello came back from port \d+\n$/,
  'rtp-relay': /^13 bytes from port \d+\nphone to carrier: 1 packet\n$/,
  'sip-transport': /^200\n$/,
}

describe.each(Object.keys(PRINTS))('README of %s', name => {
  const readme = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')
  const documentation = packageDocumentation(readFileSync(join(root, 'packages', name, 'src/index.ts'), 'utf8'))
  const hello = firstBlock(readme)

  it('begins with a program that fits the types', () => {
    expect(typeErrors(hello)).toEqual([])
  })

  it('begins with a program that runs, ends by itself and prints what it should', async () => {
    expect(await runText(hello)).toMatch(PRINTS[name]!)
  })

  it('says the same as the documentation of the package', () => {
    expect(firstBlock(documentation)).toBe(hello)
    expect(oneLine(readme)).toContain(oneLine(documentation.slice(0, documentation.indexOf('```'))))
  })

  it('is about ten lines', () => {
    expect(hello.split('\n').filter(line => line !== '' && !line.startsWith('import ')).length).toBeLessThanOrEqual(14)
  })
})

function firstBlock(markdown: string): string {
  return /```(?:ts|js)\n([\s\S]*?)\n```/.exec(markdown)?.[1] ?? 'there is no code block'
}

/** The text of the block comment at the top, without its stars and tag. */
function packageDocumentation(source: string): string {
  const comment = /^\/\*\*([\s\S]*?)@packageDocumentation/.exec(source)?.[1] ?? ''
  return comment.replaceAll(/^ \* ?/gm, '')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
