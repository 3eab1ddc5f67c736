#!/usr/bin/env node
/**
 * What `npm install` and `npm rebuild @strowger/native` run in the published package: nothing when the prebuilt addons load here, else
 * they are compiled. Where that cannot be done it says so and succeeds: `@strowger/dgram-ext` does without.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loadRelay, loadUdp } from './index.js'

/** @returns {string | undefined} why they do not load */
function problem() {
  try {
    loadUdp()
    loadRelay()
    return undefined
  } catch (error) {
    return error.message
  }
}

/** npm says where its own node-gyp is. */
function compile() {
  const own = process.env.npm_config_node_gyp
  const [program, ...args] = own === undefined ? ['node-gyp', 'rebuild'] : [process.execPath, own, 'rebuild']
  spawnSync(program, args, { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit' })
}

if (problem() !== undefined) {
  compile()
  const left = problem()
  if (left !== undefined) console.log(`${left}\nUntil then UDP goes through node:dgram, and there is no RTP relay.`)
}
