/** A text of its own, for what a session keeps: one that was cut out of a message keeps the whole message in memory. */
import { Buffer } from 'node:buffer'

/** One character per byte. */
export function ownText(text: string): string {
  return text.length < SHORTEST_CUT ? text : Buffer.from(text, 'latin1').toString('latin1')
}

/** V8 copies shorter ones by itself. */
const SHORTEST_CUT = 13
