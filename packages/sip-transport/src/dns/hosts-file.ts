/** The names of `/etc/hosts`, which come before DNS. Read again when it has changed. RFC 952, RFC 1123 §6.1.3.8. */
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'

export class HostsFile {
  readonly #path: string
  #names: ReadonlyMap<string, readonly string[]> = new Map()
  #seen = ''

  constructor(path: string = DEFAULT_PATH) {
    this.#path = path
  }

  /** Empty for a name that is not there, and when there is no such file. */
  async addressesOf(name: string): Promise<readonly string[]> {
    if (this.#path === '') return []
    const { mtimeMs, size } = await stat(this.#path).catch(() => ({ mtimeMs: 0, size: 0 }))
    const seen = `${mtimeMs} ${size}`
    if (seen !== this.#seen) {
      this.#names = parseHosts(await readFile(this.#path, 'latin1').catch(() => ''))
      this.#seen = seen
    }
    return this.#names.get(name) ?? []
  }
}

/** Addresses by lower-case name. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...hosts] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const host of hosts.map(host => host.toLowerCase())) names.set(host, [...(names.get(host) ?? []), address])
  }
  return names
}

const DEFAULT_PATH =
  process.platform === 'win32' ? `${process.env.SystemRoot ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts` : '/etc/hosts'
