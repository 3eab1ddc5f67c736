/** How a process that carries traffic starts Node: see docs/decisions/0023-v8-for-a-process-that-waits.md. */

/**
 * V8's flags for a process that lives through thousands of messages a second, and through quiet nights between them. They change when V8
 * collects and what it compiles, not what a program does.
 */
export const V8_FLAGS: readonly string[] = [
  // MiB for young objects: what a message leaves dies there. The least keeps collections rare where there is little to do.
  '--min-semi-space-size=16',
  '--max-semi-space-size=32',
  // The old ones are collected when they have grown fivefold, not as often as 3 % of the time allow: each time all calls wait.
  '--initial-old-space-size=128',
  '--heap-growing-percent=400',
  // In a quiet minute V8 collects, finds no message alive, forgets what messages look like, and with it all code that it compiled for them.
  '--no-memory-reducer',
  '--retain-maps-for-n-gc=1000000',
  '--no-flush-bytecode',
  // A message goes through a hundred small functions: twice as much bytecode may become one function.
  '--max-inlined-bytecode-size-cumulative=2000',
]
