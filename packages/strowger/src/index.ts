/**
 * The `strowger` command: the supervisor that runs the platform's roles as processes, the demo, and the data commands.
 *
 * @packageDocumentation
 */
export { type DemoFile, type DemoUser, readDemoFile } from './supervisor/demo-file.ts'
export { Supervisor, type SupervisorOptions } from './supervisor/supervisor.ts'
