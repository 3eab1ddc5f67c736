/** A packed program as an operator has it: one tarball, installed globally with no network and no compiler, started, asked. */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { inEmptyProject } from './pack-try.mjs'
import { Problem, step } from './step.mjs'

/**
 * @param {string} tarball of rtp-relayd
 * @param {readonly string[]} programs the Nodes to try it on
 */
export async function tryRelayd(tarball, programs) {
  for (const node of programs) {
    await inEmptyProject(node, [], async ({ folder, npm, run }) => {
      const version = await run('console.log(process.version)')
      const prefix = join(folder, 'global')
      await npm(['install', '--global', '--offline', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', prefix, tarball])
      await step(`a ping and /metrics, Node ${version}`, () => serve(join(prefix, 'bin/rtp-relayd'), folder))
    })
  }
}

/** Starts it, asks it both, and ends it as systemd does. */
async function serve(program, folder) {
  const [ng, http] = [await freePort(), await freePort()]
  const options = ['--interface=127.0.0.1', `--listen-ng=${ng}`, `--listen-http=${http}`, `--data=${join(folder, 'data')}`]
  const env = { PATH: join(folder, 'only-these') }
  const daemon = spawn(program, options, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [daemon.stdout, daemon.stderr]) stream.on('data', chunk => (output += chunk))
  const ended = once(daemon, 'close')
  try {
    await until(() => output.includes('"ready"') || daemon.exitCode !== null)
    if (daemon.exitCode !== null) throw new Problem(`it ended with status ${daemon.exitCode}`)
    const reply = await ping(ng)
    if (reply !== '1 d6:result4:ponge') throw new Problem(`the ping was answered "${reply}"`)
    const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text()
    if (!/^strowger_relay_calls\S* 0$/m.test(metrics)) throw new Problem('/metrics does not count calls')
    daemon.kill('SIGTERM')
    const [status] = await ended
    if (status !== 0) throw new Problem(`it ended with status ${status}`)
  } catch (error) {
    throw new Problem(`rtp-relayd: ${error.message}\n${output}`)
  } finally {
    daemon.kill('SIGKILL')
  }
}

/** NG: a cookie, then bencode. */
async function ping(port) {
  const socket = createSocket('udp4')
  try {
    socket.send('1 d7:command4:pinge', port, '127.0.0.1')
    const [reply] = await once(socket, 'message', { signal: AbortSignal.timeout(LONGEST_MS) })
    return String(reply)
  } finally {
    socket.close()
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function until(holds) {
  const end = performance.now() + LONGEST_MS
  while (!holds() && performance.now() < end) await new Promise(resolve => setTimeout(resolve, 50))
}

const LONGEST_MS = 60_000
