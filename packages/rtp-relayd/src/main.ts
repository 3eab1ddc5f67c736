/** `rtp-relayd`: the relay as a daemon by itself, for a Kamailio, an OpenSIPS or whoever speaks NG or rtpproxy's protocol. SIGTERM drains, a second one stops. */
import { accessSync, constants, mkdirSync } from 'node:fs'
import { startMedia } from '@strowger/rtp-relay/daemon'
import { askHealth, ConfigError, configFrom, loadConfig, run } from '@strowger/runtime'
import { RELAYD_HELP, relaydCommand } from './options.ts'

/** @param args without the program's name. */
export async function main(args: readonly string[]): Promise<void> {
  const command = relaydCommand(args)
  if (command.kind === 'help') return console.log(RELAYD_HELP)
  if (command.kind === 'wrong') return fail(command.message)
  try {
    const config = command.kind === 'start' ? configFrom(command.values) : loadConfig(command.file)
    mkdirSync(config.data, { recursive: true, mode: 0o700 })
    accessSync(config.data, constants.W_OK)
    if ((await askHealth(config.data, 'media')) !== undefined)
      return fail(`another one keeps its sessions in ${config.data}: say another folder with --data`)
    await run('media', startMedia, { config, standsAlone: true })
  } catch (error) {
    fail(sentence(error))
  }
}

function sentence(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  const { code, path, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOENT')
    return `${path ?? 'the folder'} cannot be written (${code}): say another one with --data`
  return message
}

function fail(message: string): void {
  console.error(`rtp-relayd: ${message}`)
  process.exitCode = 1
}
