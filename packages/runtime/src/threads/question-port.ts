/** Questions, answers and news over a message port: between the main thread of a role and one of its workers. */
import type { MessagePort } from 'node:worker_threads'

/** What answers what the other side asks, and hears what it tells. */
export interface QuestionEvents {
  /** What it throws, or rejects with, the asker gets as an Error with the same message and `code`. */
  answer(question: never): unknown
  told?(news: never): void
}

type Letter =
  | { readonly kind: 'ask'; readonly id: number; readonly question: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'tell'; readonly news: unknown }

interface Waiting {
  resolve(value: never): void
  reject(error: Error): void
}

export class QuestionPort {
  readonly #port: Pick<MessagePort, 'postMessage'>
  readonly #events: QuestionEvents
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  #closed: Error | undefined

  /** `port`: of a MessageChannel, `parentPort`, or a Worker. */
  constructor(
    port: Pick<MessagePort, 'postMessage'> & { on(event: 'message', listener: (letter: Letter) => void): unknown },
    events: QuestionEvents,
  ) {
    this.#port = port
    this.#events = events
    port.on('message', letter => this.#hear(letter))
  }

  /** Rejects with what the other side throws, when it is gone, or after `timeoutMs`. */
  ask<A>(question: unknown, timeoutMs?: number): Promise<A> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    const id = ++this.#asked
    this.#port.postMessage({ kind: 'ask', id, question } satisfies Letter)
    return new Promise<A>((resolve, reject) => {
      const late =
        timeoutMs === undefined ? undefined : setTimeout(() => this.#settle(id)?.reject(new Error('no answer in time')), timeoutMs)
      this.#waiting.set(id, {
        resolve: value => {
          clearTimeout(late)
          resolve(value)
        },
        reject: error => {
          clearTimeout(late)
          reject(error)
        },
      })
    })
  }

  tell(news: unknown): void {
    if (this.#closed === undefined) this.#port.postMessage({ kind: 'tell', news } satisfies Letter)
  }

  /** The other side is gone: nothing more is answered. */
  close(error: Error): void {
    this.#closed ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  #hear(letter: Letter): void {
    if (letter.kind === 'ask') void this.#answer(letter.id, letter.question)
    else if (letter.kind === 'tell') this.#events.told?.(letter.news as never)
    else if (letter.kind === 'answer') this.#settle(letter.id)?.resolve(letter.value as never)
    else this.#settle(letter.id)?.reject(Object.assign(new Error(letter.message), letter.code === undefined ? {} : { code: letter.code }))
  }

  async #answer(id: number, question: unknown): Promise<void> {
    try {
      const value = await this.#events.answer(question as never)
      if (this.#closed === undefined) this.#port.postMessage({ kind: 'answer', id, value } satisfies Letter)
    } catch (error) {
      const { message, code } = error as Error & { code?: string }
      if (this.#closed === undefined) this.#port.postMessage({ kind: 'error', id, message, code } satisfies Letter)
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }
}
