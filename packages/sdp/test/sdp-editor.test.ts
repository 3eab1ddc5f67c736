/** Golden edits from Markdown, and the property that an edit changes only the lines it names. RFC 8866, RFC 3264. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { echoAnswer, latin1, parseSdp, SdpEditor } from '../src/index.ts'

const folder = new URL('golden/', import.meta.url)
const edits: Readonly<Record<string, (editor: SdpEditor, ...args: never[]) => SdpEditor>> = {
  setOriginAddress: (editor, address: string) => editor.setOriginAddress(address),
  setConnection: (editor, part: 'session' | number, address: string) => editor.setConnection(part, address),
  setConnections: (editor, address: string) => editor.setConnections(address),
  setPort: (editor, index: number, port: number, count?: number) => editor.setPort(index, port, count),
  setFormats: (editor, index: number, formats: string[]) => editor.setFormats(index, formats),
  setRtcp: (editor, index: number, port?: number | null, address?: string) => editor.setRtcp(index, port ?? undefined, address),
  setDirection: (editor, part: 'session' | number, to: 'sendrecv') => editor.setDirection(part, to),
  setAttribute: (editor, part: 'session' | number, name: string, value?: string) => editor.setAttribute(part, name, value),
  removeAttribute: (editor, part: 'session' | number, name: string) => editor.removeAttribute(part, name),
  removeIce: editor => editor.removeLines(line => line.type === 'a' && /^(?:ice-|candidate:|end-of-candidates)/.test(line.value)),
}

for (const file of readdirSync(folder).filter(name => name.endsWith('.md'))) {
  describe(file, () => {
    for (const { title, sdp, edit, out } of golden(readFileSync(new URL(file, folder), 'utf8'))) {
      test(title, () => {
        const carriage = (text: string): string => text.replaceAll('\n', '\r\n')
        for (const ends of [carriage, (text: string): string => text]) {
          expect(applied(ends(sdp), edit)).toBe(edit[0]?.[0] === 'echoAnswer' ? carriage(out) : ends(out))
        }
      })
    }
  })
}

function applied(sdp: string, steps: readonly [string, ...never[]][]): string {
  if (steps[0]?.[0] === 'echoAnswer') return maybe(echoAnswer(sdp, steps[0][1]!))
  const editor = SdpEditor.open(sdp)
  for (const [name, ...args] of steps) edits[name]!(editor!, ...args)
  return editor ? editor.toString() : sdp.replace('hello', 'refused')
}

function maybe(bytes: Uint8Array | undefined): string {
  return bytes ? latin1(bytes) : 'refused\r\n'
}

interface Golden {
  readonly title: string
  readonly sdp: string
  readonly edit: [string, ...never[]][]
  readonly out: string
}

function golden(markdown: string): Golden[] {
  return markdown
    .split('\n## ')
    .slice(1)
    .map(part => {
      const block = (name: string): string => new RegExp(`\`\`\`${name}\n([\\s\\S]*?)\`\`\``).exec(part)![1]!
      return { title: part.slice(0, part.indexOf('\n')), sdp: block('sdp'), edit: JSON.parse(block('edit')), out: block('out') }
    })
}

const word = fc.stringMatching(/^[!-~]{1,12}$/)
const line = fc.oneof(
  fc.tuple(fc.constantFrom('a', 'b', 'i', 'k'), word).map(([type, value]) => `${type}=${value}`),
  fc.constantFrom('a=sendrecv', 'a=rtcp:9', 'c=IN IP4 192.0.2.7', 'c=IN IP6 2001:db8::1', 'a=x \xfc\x80\xff', '', ' '),
)
const media = fc.tuple(
  fc.constantFrom('m=audio 5004 RTP/AVP 0', 'm=audio 49170/2  RTP/AVP 8 \t', 'm=video 0 RTP/AVP 31'),
  fc.array(line, { maxLength: 5 }),
)
const anySdp = fc
  .tuple(fc.array(line, { maxLength: 4 }), fc.array(media, { minLength: 1, maxLength: 4 }), fc.constantFrom('\r\n', '\n'), fc.boolean())
  .map(([session, medias, end, open]) => {
    const lines = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', ...session, ...medias.flatMap(([first, rest]) => [first, ...rest])]
    return { text: lines.join(end) + (open ? '' : end), end }
  })

describe('an edit touches nothing else', () => {
  test('an SDP that is not edited leaves as it came, byte for byte', () => {
    fc.assert(fc.property(anySdp, ({ text }) => SdpEditor.open(text)?.toString() === text))
  })

  test('only c=, o= and m= lines differ when address and port are replaced, and the result parses', () => {
    fc.assert(
      fc.property(anySdp, fc.integer({ min: 1, max: 65535 }), ({ text, end }, port) => {
        const out = SdpEditor.open(text)!.setOriginAddress('198.51.100.1').setConnections('198.51.100.1').setPort(0, port).toString()
        const [before, after] = [text.split(end), out.split(end)]
        expect(after).toHaveLength(before.length)
        for (const [at, was] of before.entries()) if (!/^[com]=/.test(was)) expect(after[at]).toBe(was)
        expect(parseSdp(out)?.media[0]?.port).toBe(port)
        expect(parseSdp(out)?.media.slice(1)).toEqual(
          parseSdp(text)!
            .media.slice(1)
            .map(one => expect.objectContaining({ port: one.port })),
        )
      }),
    )
  })

  test('the same edit twice is the edit once', () => {
    const edit = (text: string): string =>
      SdpEditor.open(text)!.setConnection(0, '2001:db8::9').setRtcp(0, 10001).setDirection(0, 'inactive').setPort(0, 10000).toString()
    fc.assert(fc.property(anySdp, ({ text }) => edit(edit(text)) === edit(text)))
  })

  test('no bytes make anything throw', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      anySdp.chain(({ text }) =>
        fc.tuple(fc.nat(text.length), fc.nat(255)).map(([at, byte]) => text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1)),
      ),
    )
    fc.assert(
      fc.property(noise, sdp => {
        expect(Boolean(SdpEditor.open(sdp))).toBe(Boolean(parseSdp(sdp)))
        echoAnswer(sdp, { address: '192.0.2.1', port: 4000, rtcpPort: 4001 })
      }),
      { numRuns: 2000, interruptAfterTimeLimit: 3000 },
    )
  })
})

describe('the caller cannot write a second line', () => {
  const editor = (): SdpEditor => SdpEditor.open('v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\n')!

  test.each<[string, () => unknown]>([
    ['an address with a line end', () => editor().setConnection(0, '192.0.2.1\r\na=x')],
    ['an attribute with a line end', () => editor().addAttribute(0, 'x', 'y\nm=audio 1 RTP/AVP 0')],
    ['an origin with a line end', () => editor().setOrigin({ ...editor().origin!, username: '-\n' })],
    ['a format with a space', () => editor().setFormats(0, ['0 8'])],
    ['no format at all', () => editor().setFormats(0, [])],
    ['a port of 65536', () => editor().setPort(0, 65536)],
    ['a direction that is none', () => editor().setDirection(0, 'both' as 'inactive')],
    ['an m-line that is not there', () => editor().setPort(1, 4)],
    ['a negative index', () => editor().setPort(-1, 4)],
  ])('%s is a TypeError', (_, mistake) => {
    expect(mistake).toThrow(TypeError)
  })

  test('v= and m= lines cannot be removed, so the number of m-lines stays (RFC 3264 §8)', () => {
    expect(
      editor()
        .removeLines(() => true)
        .toString(),
    ).toBe('v=0\r\nm=audio 4 RTP/AVP 0\r\n')
  })
})
