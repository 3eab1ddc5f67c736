/** Where the lines of a log go: standard output, with an end to what waits. A reader that stands still, or a full disk, costs lines, which are counted; calls go on. */
import { fstatSync, write as writeFd, writeSync } from 'node:fs'

/** Something that takes lines, or says why not. */
export interface LineTarget {
  /** Bytes that wait. */
  readonly waiting: number
  write(line: string): void
}

export class LogSink {
  /** Lines that nobody will read. */
  lost = 0
  readonly #target: LineTarget
  readonly #most: number
  #untold = 0

  /** `most`: bytes that may wait. */
  constructor(target: LineTarget = standardOutput(), most: number = MOST_BYTES) {
    this.#target = target
    this.#most = most
  }

  readonly write = (line: string): void => {
    if (this.#target.waiting + line.length > this.#most) {
      this.lost++
      this.#untold++
      return
    }
    if (this.#untold > 0 && this.#target.waiting === 0) this.#tell()
    this.#target.write(line)
  }

  #tell(): void {
    const told = {
      level: 'warn',
      time: new Date().toISOString(),
      role: 'log',
      msg: 'lines were lost: nobody read them',
      lost: this.#untold,
    }
    this.#untold = 0
    this.#target.write(`${JSON.stringify(told)}\n`)
  }
}

/** A file is written beside the event loop; pipes and terminals are Node's business. */
function standardOutput(): LineTarget {
  return fstatSync(1).isFile() ? new FileTarget(1) : streamTarget(process.stdout)
}

/** What waits in a stream, and, once it is broken, everything. */
export function streamTarget(stream: NodeJS.WriteStream): LineTarget {
  return {
    get waiting() {
      return stream.writable ? stream.writableLength : Number.POSITIVE_INFINITY
    },
    write: line => void stream.write(line),
  }
}

/** Appends to a descriptor, one write at a time; what a full disk does not take is tried again. */
export class FileTarget implements LineTarget {
  readonly #fd: number
  readonly #write: (fd: number, bytes: Uint8Array) => Promise<number>
  #lines: string[] = []
  #rest: Uint8Array = EMPTY
  /** Length of `#lines`. */
  #length = 0
  #isWriting = false

  /** `write` is for tests. */
  constructor(fd: number, write: (fd: number, bytes: Uint8Array) => Promise<number> = writeSome) {
    this.#fd = fd
    this.#write = write
    process.once('exit', () => this.#writeLast())
  }

  get waiting(): number {
    return this.#rest.length + this.#length
  }

  write(line: string): void {
    this.#lines.push(line)
    this.#length += line.length
    if (!this.#isWriting) void this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    while (this.#rest.length > 0 || this.#lines.length > 0) {
      if (this.#rest.length === 0) this.#rest = this.#take()
      try {
        this.#rest = this.#rest.subarray(await this.#write(this.#fd, this.#rest))
      } catch {
        await new Promise(resolve => setTimeout(resolve, RETRY_MS).unref())
      }
    }
    this.#isWriting = false
  }

  #take(): Uint8Array {
    const text = this.#lines.splice(0, BATCH_LINES).join('')
    this.#length -= text.length
    return Buffer.from(text)
  }

  #writeLast(): void {
    try {
      while (this.#rest.length > 0 || this.#lines.length > 0) {
        if (this.#rest.length === 0) this.#rest = this.#take()
        this.#rest = this.#rest.subarray(writeSync(this.#fd, this.#rest))
      }
    } catch {
      // the disk is full, and nothing is left to wait for
    }
  }
}

function writeSome(fd: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => writeFd(fd, bytes, (error, written) => (error ? reject(error) : resolve(written))))
}

const MOST_BYTES = 8 << 20
const BATCH_LINES = 1000
const RETRY_MS = 1000
const EMPTY = new Uint8Array(0)
