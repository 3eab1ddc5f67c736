/** Which of several certificates a client means by the name it asks for: exact, or by a wildcard for one label. RFC 6066 §3, RFC 6125 §6.4.3. */

export class ServerNames<T> {
  readonly #exact = new Map<string, T>()
  readonly #wild = new Map<string, T>()

  /** The first certificate that has a name keeps it. */
  add(names: readonly string[], value: T): void {
    for (const name of names) {
      const wild = name.startsWith('*.')
      const known = wild ? this.#wild : this.#exact
      const key = (wild ? name.slice(2) : name).toLowerCase()
      if (!known.has(key)) known.set(key, value)
    }
  }

  /** Undefined where the one for all names will do. */
  find(name: string): T | undefined {
    const wanted = name.toLowerCase()
    return this.#exact.get(wanted) ?? this.#wild.get(wanted.slice(wanted.indexOf('.') + 1))
  }
}
