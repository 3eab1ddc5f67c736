/** What a role's worker thread is given: as its process would be, but log lines and facts go to the main thread, which alone writes files. */
import type { Config } from '../config/schema.ts'
import type { FactInput, Facts } from '../facts.ts'
import { log } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import type { RoleContext } from '../role-context.ts'
import { loadKeys } from '../secret.ts'
import type { QuestionPort } from './question-port.ts'

/** What a thread tells the main one. */
export type ThreadNews =
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'fact'; readonly fact: FactInput }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined }

/** Which thread of which role; `epoch` and `spool` are the process's. */
export interface ThreadPlace {
  readonly role: string
  readonly worker: number
  readonly epoch: number
  readonly spool: string
  readonly config: Config
}

export function threadContext({ role, worker, epoch, spool, config }: ThreadPlace, main: Pick<QuestionPort, 'tell'>): RoleContext {
  const tell = (news: ThreadNews): void => main.tell(news)
  const write = (line: string): void => tell({ kind: 'log', line })
  return {
    role,
    epoch,
    write,
    log: log(role, { ...config.log, write }).child({ worker }),
    metrics: createMetrics(false),
    facts: new ForwardedFacts(epoch, spool, fact => tell({ kind: 'fact', fact })),
    config,
    keys: loadKeys(config.secret),
    pages: new Map(),
  }
}

/** Posted at once, so that a thread that dies takes none with it; the main thread numbers them. */
class ForwardedFacts implements Facts {
  readonly epoch: number
  readonly file: string
  readonly #forward: (fact: FactInput) => void

  constructor(epoch: number, file: string, forward: (fact: FactInput) => void) {
    this.epoch = epoch
    this.file = file
    this.#forward = forward
  }

  append(fact: FactInput): void {
    this.#forward(fact)
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
