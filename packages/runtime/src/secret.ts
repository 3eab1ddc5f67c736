/** The keys that the daemons of an installation share. The first line of the file signs; a second one is still believed, so that keys can be rotated. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Key {
  /** 1 to 8 of `A-Z a-z 0-9`; travels with every signature. */
  readonly id: string
  /** 32 bytes. */
  readonly bytes: Uint8Array
}

export interface Keys {
  readonly signing: Key
  /** One or two, the signing one first. */
  readonly accepted: readonly Key[]
}

/** Reads the file, or makes it (mode 0600) with one new key. @throws Error that names the file and the line. */
export function loadKeys(file: string): Keys {
  return parseKeys(readOrMake(file), file)
}

export function newKey(): Key {
  return { id: randomBytes(3).toString('hex'), bytes: randomBytes(32) }
}

/** One or two lines `ID:KEY`, the key in base64url. */
export function parseKeys(text: string, file = 'secret'): Keys {
  const lines = text.split('\n').filter(line => line.trim() !== '' && !line.startsWith('#'))
  const accepted = lines.map((line, index) => parseKey(line.trim(), `${file}:${index + 1}`))
  const [signing] = accepted
  if (signing === undefined || accepted.length > 2)
    throw new Error(`${file} must hold one key or two, each on its own line "ID:KEY"; it holds ${accepted.length}`)
  return { signing, accepted }
}

export function keyText({ id, bytes }: Key): string {
  return `${id}:${Buffer.from(bytes).toString('base64url')}\n`
}

/** First 128 bits of HMAC-SHA-256 as base64url, 22 characters. `purpose` keeps one use's signatures from serving another. */
export function mac(key: Key, purpose: string, parts: readonly string[]): string {
  const hmac = createHmac('sha256', key.bytes)
  for (const part of [purpose, ...parts]) hmac.update(`${Buffer.byteLength(part)}:${part},`)
  return hmac.digest().subarray(0, 16).toString('base64url')
}

/** In constant time. */
export function sameMac(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function parseKey(line: string, place: string): Key {
  const [, id, encoded] = /^([A-Za-z0-9]{1,8}):([A-Za-z0-9_-]{43})$/.exec(line) ?? []
  if (id === undefined || encoded === undefined)
    throw new Error(`${place} is not "ID:KEY" with 32 bytes of base64url; remove the file to have a new one made`)
  return { id, bytes: Buffer.from(encoded, 'base64url') }
}

/** Two processes may start at once: whoever links its file first has made the key. */
function readOrMake(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, keyText(newKey()), { mode: 0o600 })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return readFileSync(file, 'utf8')
}
