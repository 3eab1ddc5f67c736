/** Reads what roles append to their spools: whole lines only, a bounded piece at a time. */
import { open, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/** New whole lines of one file. */
export interface SpoolPiece {
  /** Name without folder. */
  readonly file: string
  readonly lines: readonly string[]
  /** Bytes of the file that are read once these lines are folded. */
  readonly end: number
}

export interface SpoolFile {
  readonly file: string
  readonly role: string
  readonly epoch: number
  /** A spool that has grown goes on in another file: 0, 1, and so on. */
  readonly part: number
}

const PIECE_BYTES = 1 << 20
const NEWLINE = 0x0a

export class SpoolFolder {
  readonly #folder: string
  readonly #pieceBytes: number

  /** `pieceBytes`: at most so much of each file at a time; a longer line is no fact and is dropped. */
  constructor(folder: string, pieceBytes: number = PIECE_BYTES) {
    this.#folder = folder
    this.#pieceBytes = pieceBytes
  }

  /** By age. A folder that does not exist yet is empty. */
  async files(): Promise<SpoolFile[]> {
    const names = await readdir(this.#folder).catch(whenMissing([]))
    return names
      .map(spoolFile)
      .filter(file => file !== undefined)
      .sort((a, b) => a.epoch - b.epoch || a.part - b.part)
  }

  /** What was appended after `offsets`, of each spool the oldest file that has more. A last line without its end is waited for. */
  async read(offsets: ReadonlyMap<string, number>): Promise<SpoolPiece[]> {
    const pieces = new Map<string, SpoolPiece>()
    for (const { file, role, epoch } of await this.files()) {
      const spool = `${role}-${epoch}`
      if (pieces.has(spool)) continue
      const piece = await this.#readFile(file, offsets.get(file) ?? 0)
      if (piece !== undefined) pieces.set(spool, piece)
    }
    return [...pieces.values()]
  }

  /** Files of which whole lines are left to be read. */
  async unread(offsets: ReadonlyMap<string, number>): Promise<Set<string>> {
    const unread = new Set<string>()
    for (const { file } of await this.files()) {
      if ((await this.#readFile(file, offsets.get(file) ?? 0)) !== undefined) unread.add(file)
    }
    return unread
  }

  /** When the file was last appended to, epoch ms; undefined where it is gone. */
  async lastAppended(file: string): Promise<number | undefined> {
    return (await stat(join(this.#folder, file)).catch(whenMissing(undefined)))?.mtimeMs
  }

  async remove(file: string): Promise<void> {
    await unlink(join(this.#folder, file)).catch(whenMissing(undefined))
  }

  async #readFile(file: string, offset: number): Promise<SpoolPiece | undefined> {
    const handle = await open(join(this.#folder, file)).catch(whenMissing(undefined))
    if (handle === undefined) return undefined
    try {
      const { size } = await handle.stat()
      const bytes = Buffer.alloc(Math.min(Math.max(0, size - offset), this.#pieceBytes))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset)
      return this.#cut(file, offset, bytes.subarray(0, bytesRead))
    } finally {
      await handle.close()
    }
  }

  /** Up to the last end of a line. A line that fills the piece is given out in parts, none of which is a fact. */
  #cut(file: string, offset: number, bytes: Buffer): SpoolPiece | undefined {
    const length = bytes.lastIndexOf(NEWLINE) + 1 || (bytes.length === this.#pieceBytes ? bytes.length : 0)
    if (length === 0) return undefined
    const lines = bytes.toString('utf8', 0, length).split('\n')
    if (lines.at(-1) === '') lines.pop()
    return { file, lines, end: offset + length }
  }
}

function spoolFile(file: string): SpoolFile | undefined {
  const match = /^(.+)-(\d+)(?:\.(\d+))?\.jsonl$/.exec(file)
  return match ? { file, role: match[1]!, epoch: Number(match[2]), part: Number(match[3] ?? 0) } : undefined
}

function whenMissing<T>(value: T): (error: unknown) => T {
  return error => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value
    throw error
  }
}
