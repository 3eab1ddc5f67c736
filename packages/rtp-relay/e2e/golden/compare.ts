/** Compares two relays' replies to the same command: ports by which of the relay's own each is, all else as it is written. */
import { bytesOf, latin1, type NgReply } from '@strowger/media-control'

/** One thing in which two replies differ: its part of the SDP, and what each has there. */
export interface Difference {
  readonly what: string
  readonly theirs: string
  readonly ours: string
}

/**
 * Names a relay's ports in the order in which m-lines show them: `P1`, and `P1+1` for the next one, where RTCP goes. A port of another
 * address is another port.
 */
export class PortNames {
  readonly #from: number
  readonly #to: number
  readonly #names: Map<string, string> = new Map()

  constructor({ from, to }: { readonly from: number; readonly to: number }) {
    this.#from = from
    this.#to = to
  }

  of(address: string, text: string): string {
    const port = Number(text)
    if (port < this.#from || port > this.#to) return text
    const below = this.#names.get(`${address} ${port - 1}`)
    const known = this.#names.get(`${address} ${port}`) ?? (below === undefined ? undefined : `${below}+1`)
    if (known !== undefined) return known
    const name = `P${this.#names.size + 1}`
    this.#names.set(`${address} ${port}`, name)
    return name
  }
}

/**
 * The sections of a reply's SDP, ports named; the first line of each is its m-line.
 * @param told The party that is told: where an address on hold hides the relay's own, two parties may have the same port of two interfaces.
 */
export function sectionsOf(reply: NgReply, ports: PortNames, told: string): string[][] {
  const text = latin1(bytesOf(reply.sdp ?? ''))
  const sections: string[][] = [[]]
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('m=')) sections.push([])
    if (line !== '') sections.at(-1)!.push(line)
  }
  const [session] = sections
  return sections.map(section => {
    const shown = addressOf(section) ?? addressOf(session!) ?? ''
    const address = UNSPECIFIED.has(shown) ? told : shown
    return section.map(line =>
      line.replace(OWN_PORT, (_, before: string, port: string) => before + ports.of(address, port)).replace(MARK, '$1X'),
    )
  })
}

function addressOf(lines: readonly string[]): string | undefined {
  return lines.find(line => line.startsWith('c='))?.split(' ')[2]
}

const UNSPECIFIED: ReadonlySet<string> = new Set(['0.0.0.0', '::', ''])
const OWN_PORT = /^(m=\S+ |a=rtcp:)(\d+)/
/** What each relay calls itself. */
const MARK = /^(a=rtpengine:).*/

/** Lines by kind: those of one kind are compared together, in their order. */
export function differences(theirs: readonly string[][], ours: readonly string[][]): Difference[] {
  const found: Difference[] = []
  for (let index = 0; index < Math.max(theirs.length, ours.length); index++) {
    const [one, other] = [byKind(theirs[index] ?? []), byKind(ours[index] ?? [])]
    for (const kind of new Set([...one.keys(), ...other.keys()])) {
      const [a, b] = [one.get(kind)?.join('; ') ?? '', other.get(kind)?.join('; ') ?? '']
      if (a !== b) found.push({ what: `${index === 0 ? 'session' : 'media'} ${kind}`, theirs: a, ours: b })
    }
  }
  return found
}

function byKind(lines: readonly string[]): Map<string, string[]> {
  const kinds = new Map<string, string[]>()
  for (const line of lines) {
    const name = /^a=[^:]*/.exec(line)?.[0] ?? line.slice(0, 2)
    const kind = DIRECTIONS.has(name) ? 'direction' : name
    // A reader looks formats up; the order of their lines says nothing (RFC 8866 §6.6).
    const known = kinds.get(kind)
    if (known) known.push(line)
    else kinds.set(kind, [line])
  }
  kinds.get('a=rtpmap')?.sort()
  return kinds
}

const DIRECTIONS = new Set(['a=sendrecv', 'a=sendonly', 'a=recvonly', 'a=inactive'])
