/** Sessions on disk, a JSON line for each change, so that a relay that was killed goes on with them. The last line of a session counts. */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, write, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface SessionFileOptions {
  readonly file: string
  /** The session as it is now, in JSON; `undefined` when it is over. */
  readonly save: (id: string) => string | undefined
  /** Of everything there is, for the file to be made anew. */
  readonly ids: () => Iterable<string>
  /** The disk did not take it; told once until it does again. */
  readonly onTrouble: (error: Error) => void
}

/** The file that is to take the place of one with too many lines that are out of date. */
interface Successor {
  readonly fd: number
  /** Those that are not written yet; what comes to be meanwhile is among `late`. */
  readonly ids: string[]
  /** Changed since it was begun: written once more at its end. */
  readonly late: Set<string>
  lines: number
  isWriting: boolean
  isWhole: boolean
}

/**
 * Never blocks on a change: lines are gathered for 20 ms, and one write is under way at a time. When too many lines are out of date a successor is
 * written, some sessions at a time; until it is whole and takes the file's name the file goes on as before.
 */
export class SessionFile {
  readonly #options: SessionFileOptions
  readonly #changed: Set<string> = new Set()
  #fd: number
  /** Lines in the file, and how many of them were there when it was made. */
  #lines = 0
  #fresh = 0
  #busy = false
  #successor: Successor | undefined
  #planned = false
  #troubled = false
  #closed = false
  #onIdle: (() => void) | undefined

  /** Texts of the sessions that a file holds; half a line at its end, of a process that died, is left out. */
  static read(file: string): readonly string[] {
    const found = new Map<string, string>()
    for (const line of textOf(file).split('\n')) {
      const space = line.indexOf(' ')
      const [id, text] = [idOf(line.slice(0, space)), line.slice(space + 1)]
      if (space < 0 || id === undefined || !text.endsWith('.')) continue
      found.delete(id)
      if (text !== GONE) found.set(id, text.slice(0, -1))
    }
    return [...found.values()]
  }

  /** Makes the file anew, of what there is now. @throws what the disk says. */
  constructor(options: SessionFileOptions) {
    this.#options = options
    mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 })
    this.#fd = this.#makeAnew()
  }

  change(id: string): void {
    if (this.#closed) return
    this.#changed.add(id)
    if (!this.#busy) this.#plan(GATHER_MS)
  }

  /** Nothing is kept: the relay ended of its own accord, and its sessions with it. A write under way is waited for. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    while (this.#busy || this.#successor !== undefined) await new Promise<void>(resolve => (this.#onIdle = resolve))
    closeSync(this.#fd)
    writeFileSync(this.#options.file, '', { mode: 0o600 })
  }

  #plan(inMs: number): void {
    if (this.#planned) return
    this.#planned = true
    setTimeout(() => {
      this.#planned = false
      this.#write()
    }, inMs).unref()
  }

  #write(): void {
    if (this.#closed || this.#busy || this.#changed.size === 0) return
    if (this.#successor === undefined && this.#lines > MOST_STALE * this.#fresh + LEAST_LINES) this.#beginSuccessor()
    const ids = [...this.#changed]
    for (const id of ids) this.#successor?.late.add(id)
    this.#changed.clear()
    const bytes = Buffer.from(ids.map(id => this.#line(id)).join(''))
    this.#lines += ids.length
    this.#busy = true
    writeAll(this.#fd, bytes, error => this.#written(ids, error))
  }

  #written(ids: readonly string[], error: Error | null): void {
    this.#busy = false
    if (this.#closed) return this.#leave()
    if (this.#successor?.isWhole) this.#succeed(this.#successor)
    if (error) this.#trouble(error, ids)
    else this.#troubled = false
    if (this.#changed.size > 0) this.#plan(error ? RETRY_MS : GATHER_MS)
  }

  #beginSuccessor(): void {
    const { file, ids } = this.#options
    try {
      const fd = openSync(newName(file), 'w', 0o600)
      this.#successor = { fd, ids: [...ids()], late: new Set(), lines: 0, isWriting: false, isWhole: false }
      this.#writeSuccessor(this.#successor)
    } catch (error) {
      this.#giveUpSuccessor(error as Error)
    }
  }

  #writeSuccessor(successor: Successor): void {
    const lines = successor.ids.splice(-TOGETHER).map(id => this.#line(id))
    successor.lines += lines.length
    successor.isWriting = true
    writeAll(successor.fd, Buffer.from(lines.join('')), error => {
      successor.isWriting = false
      if (this.#closed) return this.#leave()
      if (error) this.#giveUpSuccessor(error)
      else if (successor.ids.length > 0) this.#writeSuccessor(successor)
      else if (this.#busy) successor.isWhole = true
      else this.#succeed(successor)
    })
  }

  /** At once: what has changed meanwhile is little. */
  #succeed({ fd, late, lines }: Successor): void {
    const { file } = this.#options
    const old = this.#fd
    try {
      writeFileSync(fd, [...late].map(id => this.#line(id)).join(''))
      renameSync(newName(file), file)
    } catch (error) {
      return this.#giveUpSuccessor(error as Error)
    }
    this.#successor = undefined
    this.#fd = fd
    this.#lines = this.#fresh = lines + late.size
    closeSync(old)
  }

  /** The file goes on; the next try comes when it has as many lines again. */
  #giveUpSuccessor(error: Error): void {
    if (this.#successor !== undefined) closeSync(this.#successor.fd)
    this.#successor = undefined
    this.#fresh = this.#lines
    this.#trouble(error, [])
  }

  /** After the end; a successor has nobody to succeed. */
  #leave(): void {
    if (this.#busy || this.#successor?.isWriting === true) return
    if (this.#successor !== undefined) closeSync(this.#successor.fd)
    this.#successor = undefined
    this.#onIdle?.()
  }

  #trouble(error: Error, ids: readonly string[]): void {
    for (const id of ids) this.#changed.add(id)
    if (!this.#troubled) this.#options.onTrouble(error)
    this.#troubled = true
  }

  #makeAnew(): number {
    const { file, ids } = this.#options
    const lines = [...ids()].map(id => this.#line(id))
    writeFileSync(newName(file), lines.join(''), { mode: 0o600 })
    renameSync(newName(file), file)
    this.#lines = this.#fresh = lines.length
    return openSync(file, 'a', 0o600)
  }

  #line(id: string): string {
    const text = this.#options.save(id)
    return `${encodeURIComponent(id)} ${text === undefined ? GONE : `${text}.`}\n`
  }
}

const newName = (file: string): string => `${file}.new`

function writeAll(fd: number, bytes: Uint8Array, done: (error: Error | null) => void): void {
  write(fd, bytes, (error, written) => {
    if (error || written === bytes.length) return done(error)
    writeAll(fd, bytes.subarray(written), done)
  })
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function idOf(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** What a whole line ends with. */
const GONE = '.'
/** The file is made anew when so many of its lines are out of date for each that was not. */
const MOST_STALE = 4
const LEAST_LINES = 1000
/** Sessions of a successor that are put into words at once: some milliseconds. */
const TOGETHER = 50
const RETRY_MS = 1000
/** A write costs more than a line, and most lines of a call that is set up are out of date with its next command. */
const GATHER_MS = 20
