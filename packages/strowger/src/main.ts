/** The `strowger` command. Each subcommand is loaded when it is called, so that a role's process starts with nothing else. */
import { ConfigError } from '@strowger/runtime'
import { Command, Option } from 'commander'

const configOption = (): Option => new Option('--config <file>', 'YAML file; STROWGER_* variables win over it').env('STROWGER_CONFIG')

function program(): Command {
  const strowger = new Command('strowger').description('A telephone exchange').showHelpAfterError()
  addPlatform(strowger)
  addData(strowger)
  return strowger
}

function addPlatform(strowger: Command): void {
  strowger
    .command('start')
    .description('run the platform: one process per role')
    .addOption(configOption())
    .option('--roles <list>', 'only these, such as users-proxy,media')
    .action(async (options: { config?: string; roles?: string }) => (await import('./command/start.ts')).start(options))
  strowger
    .command('role', { hidden: true })
    .argument('<name>')
    .addOption(configOption())
    .action(async (name: string, options: { config?: string }) => (await import('./command/role.ts')).role(name, options))
  strowger
    .command('demo')
    .description('two phones of ours call each other, the echo and the carrier')
    .addOption(configOption())
    .option('--json', 'the result as data')
    .option('--seconds <count>', 'how long each call is', Number, 2)
    .action(async (options: { config?: string; json?: boolean; seconds: number }) => (await import('./command/demo.ts')).demo(options))
  strowger
    .command('carrier-call')
    .description('the demo carrier calls a number of ours: rings the phones behind it')
    .addOption(configOption())
    .option('--to <ddi>', 'the number', '+34910000001')
    .option('--from <number>', 'who seems to call', '+34600000001')
    .option('--seconds <count>', 'from the answer to the end', Number, 5)
    .action(async (options: { config?: string; to: string; from: string; seconds: number }) =>
      (await import('./command/carrier-call.ts')).carrierCall(options),
    )
  strowger
    .command('reload')
    .description('ports, workers and certificates of the proxies are read again, while calls go on')
    .addOption(configOption())
    .action(async (options: { config?: string }) => (await import('./command/reload.ts')).reload(options))
  const worker = strowger.command('worker').description('worker threads of a proxy, where it has several')
  worker
    .command('list')
    .argument('<role>', 'users-proxy or trunks-proxy')
    .addOption(configOption())
    .option('--json', 'as data')
    .action(async (role: string, options: { config?: string; json?: boolean }) =>
      (await import('./command/worker.ts')).workerList(role, options),
    )
  worker
    .command('replace')
    .description('another takes its place; it keeps its calls until they end')
    .argument('<role>', 'users-proxy or trunks-proxy')
    .argument('<worker>', 'its number, as `worker list` shows it')
    .addOption(configOption())
    .option('--now', 'as if it had died')
    .action(async (role: string, number: string, options: { config?: string; now?: boolean }) =>
      (await import('./command/worker.ts')).workerReplace(role, number, options),
    )
  const ban = strowger.command('ban').description('users that are barred from an address for too many wrong passwords')
  ban
    .command('list')
    .addOption(configOption())
    .option('--json', 'as data')
    .action(async (options: { config?: string; json?: boolean }) => (await import('./command/ban.ts')).banList(options))
  ban
    .command('lift')
    .description('let a user in again')
    .argument('<user>', 'alice@demo.localhost, as `ban list` shows it')
    .argument('[address]', 'from there; otherwise from everywhere')
    .addOption(configOption())
    .action(async (user: string, address: string | undefined, options: { config?: string }) =>
      (await import('./command/ban.ts')).banLift(user, address, options),
    )
  strowger
    .command('config')
    .description('the configuration file')
    .command('check')
    .argument('<file>')
    .description('every problem at once')
    .action(async (file: string) => (await import('./command/config-check.ts')).configCheck(file))
}

function addData(strowger: Command): void {
  strowger
    .command('cdr')
    .description('finished calls, the latest first')
    .addOption(configOption())
    .option('--json', 'as data')
    .option('--limit <count>', 'at most so many', Number, 100)
    .action(async (options: { config?: string; json?: boolean; limit: number }) => (await import('./command/cdr.ts')).cdr(options))
  strowger
    .command('user')
    .description('users')
    .command('password')
    .argument('<name>', 'alice, or alice@demo.localhost')
    .addOption(configOption())
    .option('--password <text>', 'otherwise one is made and printed')
    .action(async (name: string, options: { config?: string; password?: string }) =>
      (await import('./command/user.ts')).userPassword(name, options),
    )
  strowger
    .command('extension')
    .description('extensions')
    .command('set')
    .argument('<number>', 'such as 104')
    .addOption(configOption())
    .requiredOption('--user <name>', 'whose phone rings: alice, or alice@demo.localhost')
    .action(async (number: string, options: { config?: string; user: string }) =>
      (await import('./command/extension.ts')).extensionSet(number, options),
    )
  strowger
    .command('ddi')
    .description('numbers of the public network')
    .command('set')
    .argument('<e164>', 'such as +34910000001')
    .addOption(configOption())
    .requiredOption('--user <name>', 'whose phone rings: alice, or alice@demo.localhost')
    .action(async (e164: string, options: { config?: string; user: string }) => (await import('./command/ddi.ts')).ddiSet(e164, options))
}

/** A mistake of the operator is one sentence; a bug shows where it is. */
function complain(error: unknown): void {
  if (error instanceof ConfigError) console.error(`The configuration cannot be used:\n${error.message}`)
  else console.error(error instanceof Error ? `strowger: ${process.env.STROWGER_DEBUG ? error.stack : error.message}` : error)
  process.exitCode = 1
}

/** Databases, spools and keys are for their owner alone. */
process.umask(0o077)
program().parseAsync().catch(complain)
