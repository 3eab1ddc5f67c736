#!/usr/bin/env node
/** Starts the relay as a daemon by itself; `--help` shows how. */
import { main } from '../dist/main.js'

await main(process.argv.slice(2))
