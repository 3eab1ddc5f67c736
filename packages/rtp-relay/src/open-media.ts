/** Opens the ports of an m-line: one pair, or several that follow each other. RFC 8866 §5.14. */
import type { Exchange } from './exchange.ts'
import { Media, type MediaOptions } from './media.ts'
import { RelayError } from './relay-error.ts'

/** On that port where one is asked for. @throws {RelayError} `ports-exhausted`. */
export function openMedia(exchange: Exchange, options: MediaOptions, wantedPort = 0): Media {
  const { pairs = 1 } = options
  return pairs === 1 ? new Media(exchange, options, wantedPort) : openInRow(exchange, options, wantedPort, pairs)
}

/** Whatever pair is free, and those after it; where one of them is taken the next is tried, and all are let go in the end. */
function openInRow(exchange: Exchange, options: MediaOptions, wantedPort: number, pairs: number): Media {
  const inVain: Media[] = []
  try {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const first = new Media(exchange, options, wantedPort)
      if (follow(exchange, options, first, pairs)) return first
      inVain.push(first)
    }
    throw new RelayError('ports-exhausted', `No ${pairs} pairs of ports in a row are free`)
  } finally {
    for (const one of inVain) one.close()
  }
}

/** Silence is asked of the first pair only. */
function follow(exchange: Exchange, options: MediaOptions, first: Media, pairs: number): boolean {
  try {
    for (let at = 1; at < pairs; at++) first.following.push(new Media(exchange, { ...options, silenceMs: 0 }, first.local.port + 2 * at))
    return true
  } catch (error) {
    if (error instanceof RelayError && error.code === 'ports-exhausted') return false
    throw error
  }
}

/** A range of which so many pairs have a taken neighbour is full. */
const MOST_TRIES = 64
