/** NG over TCP: each connection carries messages one after the other. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { NgStreamServer } from '../node.ts'
import { NgFrames } from '../stream/ng-frames.ts'
import type { RelayAddress } from '../udp/command-socket.ts'
import { listening } from './listening.ts'
import type { NgDoor } from './ng-door.ts'

export async function serveTcp({ address, port }: RelayAddress, door: NgDoor): Promise<NgStreamServer> {
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true, keepAlive: true }, socket => {
    if (door.full) return void socket.destroy()
    open.add(socket)
    door.connections += 1
    socket.on('close', () => {
      open.delete(socket)
      door.connections -= 1
    })
    attend(socket, door)
  })
  return {
    address,
    port: await listening(server, { address, port }, 'NG over TCP'),
    counts: () => door.counts(),
    close: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

function attend(socket: Socket, door: NgDoor): void {
  const frames = new NgFrames({ maxBytes: door.maxBytes })
  const { messageMs, idleMs, maxUnread } = door.limits
  const host = `tcp ${socket.remoteAddress}`
  const tooSlow = (): void => {
    door.slow += 1
    socket.destroy()
  }
  let begun: NodeJS.Timeout | undefined
  const stop = (): void => {
    clearTimeout(begun)
    begun = undefined
  }
  socket.setTimeout(idleMs, tooSlow)
  socket.on('error', () => {})
  socket.on('close', stop)
  socket.on('data', (chunk: Buffer) => {
    const messages = frames.push(chunk)
    for (const message of messages) {
      void door.take(message, host).then(reply => {
        if (!reply || socket.destroyed) return
        socket.write(reply)
        if (socket.writableLength <= maxUnread) return
        door.unread += 1
        socket.destroy()
      })
    }
    if (messages.length > 0) stop()
    if (frames.fault) {
      door.unreadable += 1
      socket.destroy()
    } else if (frames.waiting) begun ??= setTimeout(tooSlow, messageMs)
  })
}
