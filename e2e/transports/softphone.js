/** The page in the browser: a JsSIP that does what the test asks for and tells what came of it. RFC 7118. */
import JsSIP from 'jssip'

let phone
let session
let told = Promise.resolve()

run()

async function run() {
  tell('ready')
  for (;;) {
    const answer = await fetch('/command')
    if (!answer.ok) return
    obey(await answer.json())
  }
}

function obey(command) {
  if (command.do === 'register') register(command)
  else if (command.do === 'call') phone.call(command.to, { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } })
  else if (command.do === 'refuse') session.terminate({ status_code: command.status })
  else if (command.do === 'leave') phone.stop()
}

function register({ server, uri, password }) {
  phone = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(server)], uri, password, register_expires: 120 })
  phone.on('connected', () => tell('connected'))
  phone.on('disconnected', ({ error }) => tell('disconnected', { error: error === true }))
  phone.on('registered', ({ response }) => tell('registered', { status: response.status_code }))
  phone.on('unregistered', () => tell('unregistered'))
  phone.on('registrationFailed', ({ cause, response }) => tell('registrationFailed', { cause, status: response?.status_code }))
  phone.on('newRTCSession', event => follow(event))
  phone.start()
}

function follow({ session: begun, originator, request }) {
  session = begun
  session.on('progress', ({ response }) => tell('progress', { originator, status: response?.status_code }))
  session.on('accepted', ({ response }) => tell('accepted', { originator, status: response?.status_code }))
  session.on('failed', ({ cause, message, originator: by }) => tell('failed', { originator: by, cause, status: message?.status_code }))
  session.on('ended', ({ cause }) => tell('ended', { cause }))
  if (originator === 'remote') tell('incoming', { from: request.from.uri.toString() })
}

/** One after the other, so that the order stays. */
function tell(event, details = {}) {
  told = told.then(() => fetch('/event', { method: 'POST', body: JSON.stringify({ event, ...details }) })).catch(() => {})
}
