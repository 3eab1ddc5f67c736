/** Runs a list of steps until one decides. A step that asks is run again when the answer is there. */
import type { Answers, Context, Effect, House, Order, Reply, Step, Target } from './step.ts'

/** What a whole list came to. `asking` carries where to go on. */
export type Outcome<C> =
  | { readonly kind: 'done'; readonly context: C }
  | { readonly kind: 'reply'; readonly reply: Reply; readonly context: C }
  | { readonly kind: 'forward'; readonly targets: readonly Target[]; readonly order: Order; readonly context: C }
  | { readonly kind: 'asking'; readonly effect: Effect; readonly steps: readonly Step<C>[]; readonly context: C }
  | { readonly kind: 'drop' }

export function runSteps<C extends Context>(steps: readonly Step<C>[], context: C, house: House): Outcome<C> {
  let rest = steps
  let current = context
  while (rest.length > 0) {
    const [step, ...after] = rest as [Step<C>, ...Step<C>[]]
    const verdict = step(current, house)
    switch (verdict.kind) {
      case 'next':
        current = verdict.context
        rest = after
        break
      case 'steps':
        current = verdict.context
        rest = verdict.steps
        break
      case 'reply':
        return { kind: 'reply', reply: verdict.reply, context: verdict.context ?? current }
      case 'forward':
        return verdict
      case 'ask':
        return { kind: 'asking', effect: verdict.effect, steps: rest, context: current }
      case 'drop':
        return verdict
    }
  }
  return { kind: 'done', context: current }
}

/** The context with an answer, to run the asking step again. */
export function answered<C extends Context>(context: C, answer: Answers): C {
  return { ...context, answers: { ...context.answers, ...answer } }
}
