#!/usr/bin/env node
/** Runs the bundle of the platform, which starts faster, or the compiled modules where those are newer. */
import { readdirSync, statSync } from 'node:fs'

const packages = new URL('../../', import.meta.url)
const compiled = new URL('../dist/main.js', import.meta.url)
const bundled = new URL('../dist/bundle/main.js', import.meta.url)

const timeOf = url => statSync(url, { throwIfNoEntry: false })?.mtimeMs ?? 0
const lastCompiled = () => Math.max(...readdirSync(packages).map(name => timeOf(new URL(`${name}/dist/.tsbuildinfo`, packages))))

if (timeOf(compiled) === 0) {
  console.error('Strowger is not built yet: run "npm run build" (or "npm start", which builds what is missing)')
  process.exitCode = 1
} else {
  const main = timeOf(bundled) >= lastCompiled() ? bundled : compiled
  await import(main.href)
}
