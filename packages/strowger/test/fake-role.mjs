/** A role for the supervisor's tests: speaks its protocol, does no work. `MODE` says how it behaves; it writes what it is told to the parent. */
const [role] = process.argv.slice(2)
const modes = JSON.parse(process.env.MODES ?? '{}')
const mode = modes[role] ?? 'good'
let terminations = 0

const tell = message => process.connected && process.send(message)

process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
process.on('message', message => tell({ kind: 'told', what: message.kind }))
process.on('SIGTERM', () => {
  terminations += 1
  tell({ kind: 'terminated', terminations })
  const calls = mode === 'calls' && terminations < 2
  if (!calls && mode !== 'deaf') process.exit(0)
})

if (mode === 'broken') {
  process.send({ kind: 'failed', reason: `${role}: 127.0.0.1:5060 is in use` }, () => process.exit(1))
} else {
  setInterval(() => {}, 1000)
  tell({ kind: 'ready' })
}
