/** All that the vectors hold, as messages: what mutations start from and streams are made of. */
import { readdirSync } from 'node:fs'
import type { HeaderDef } from '../src/index.ts'
import { parse } from '../src/index.ts'
import { HEADER_DEFS } from './header-defs.ts'
import { INVITE, requestWith } from './sample-messages.ts'
import { readVectors } from './vector-reader.ts'

const files = readdirSync(new URL('vectors', import.meta.url)).filter(file => file.endsWith('.md'))
/** Files whose vectors are whole messages. */
const MESSAGE_FILES = /^(messages|rfc\d+|peers)\b/
const OTHER_FILES = /^(multipart|streams|uris)\b/

export interface Entry {
  readonly title: string
  readonly bytes: Uint8Array
}

/** Whole messages, sound and broken. */
export const MESSAGES: readonly Entry[] = [
  { title: 'INVITE', bytes: INVITE },
  ...files
    .filter(file => MESSAGE_FILES.test(file))
    .flatMap(file => readVectors(file).vectors.map(({ title, bytes }) => ({ title: `${file}: ${title}`, bytes }))),
]

/** Lines of each header, in a request. */
const HEADER_MESSAGES: readonly Entry[] = files
  .filter(file => !MESSAGE_FILES.test(file) && !OTHER_FILES.test(file))
  .flatMap(file => readVectors(file).vectors.map(({ title, bytes }) => ({ title: `${file}: ${title}`, bytes: inRequest(bytes) })))

/** Everything. */
export const CORPUS: readonly Entry[] = [...MESSAGES, ...HEADER_MESSAGES]

/** Values of a header that its vectors hold. */
export function valuesOf(def: HeaderDef<unknown>): readonly unknown[] {
  const values: unknown[] = []
  for (const { bytes } of HEADER_MESSAGES) {
    const message = parse(bytes)
    if (message.kind === 'malformed' || message.headers.readAll(def).kind !== 'value') continue
    for (const value of message.headers.all(def)) if (values.length < MOST_VALUES) values.push(value)
  }
  return values
}

export const ALL_DEFS: readonly HeaderDef<unknown>[] = HEADER_DEFS

function inRequest(bytes: Uint8Array): Uint8Array {
  const lines = Buffer.from(bytes).toString('utf8').replace(/\r\n$/, '')
  return requestWith(...lines.split(/\r\n(?![ \t])/))
}

const MOST_VALUES = 40
