#!/usr/bin/env -S node --min-semi-space-size=16 --max-semi-space-size=32 --initial-old-space-size=128 --heap-growing-percent=400 --no-memory-reducer --retain-maps-for-n-gc=1000000 --no-flush-bytecode --max-inlined-bytecode-size-cumulative=2000
/** Starts the relay as a daemon by itself; `--help` shows how. Node's flags are those of `V8_FLAGS`. */
import { main } from '../dist/main.js'

await main(process.argv.slice(2))
