/** The three ways an addon comes to a stranger's machine: prebuilt, compiled there because no prebuild fits, or not at all. */
import { existsSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inEmptyProject } from './pack-try.mjs'
import { Problem, step } from './step.mjs'

/** Prints which implementation echoed, and what. */
const ECHO = `
import { UdpSocket } from '@strowger/dgram-ext'
const echo = UdpSocket.bind({ address: '127.0.0.1' }, (batch, socket) => socket.send(batch.bytes(0), batch.peer(0)))
const client = UdpSocket.bind({ address: '127.0.0.1' }, batch => {
  console.log(client.implementation, new TextDecoder().decode(batch.bytes(0)))
  client.close()
  echo.close()
})
client.send(new TextEncoder().encode('ahoy'), echo.local)
`

/**
 * @param {readonly string[]} tarballs dgram-ext and what it needs
 * @param {readonly string[]} programs the Nodes to try it on
 */
export async function tryNative(tarballs, programs) {
  for (const node of programs) {
    await inEmptyProject(node, tarballs, async project => {
      const version = await project.run('console.log(process.version)')
      await step(`an echo, prebuilt, Node ${version}`, () => expect(project, 'native ahoy'))
      if (node !== programs[0]) return
      const prebuilds = join(project.folder, 'node_modules/@strowger/native/prebuilds')
      renameSync(prebuilds, `${prebuilds}-of-another-machine`)
      await step('an echo, no prebuild fits and no compiler is there', async () => {
        await project.npm(['rebuild', '@strowger/native'])
        await expect(project, 'dgram ahoy')
      })
      await step('an echo, no prebuild fits, compiled at install', async () => {
        await project.npm(['rebuild', '@strowger/native'], { PATH: process.env.PATH, JOBS: 'max', ...headers() })
        await expect(project, 'native ahoy')
      })
    })
  }
}

/** Node's own headers, where they lie beside it: then nothing is downloaded. */
function headers() {
  const prefix = join(dirname(process.execPath), '..')
  return existsSync(join(prefix, 'include/node/node_version.h')) ? { npm_config_nodedir: prefix } : {}
}

async function expect(project, line) {
  const printed = await project.run(ECHO)
  if (printed !== line) throw new Problem(`the echo printed "${printed}" instead of "${line}"`)
}
