import { createConnection, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ByteSocket, Network, SocketTarget } from '../network.ts'
import { httpGet } from './node-http.ts'

const keepAliveMs = 60_000

/** Real connections. */
export const nodeNetwork: Network = Object.freeze({
  async *connect(host: string, port: number, signal: AbortSignal, connected?: () => void): AsyncIterable<Uint8Array> {
    if (signal.aborted) return
    const socket = createConnection({ host, port })
    if (connected !== undefined) socket.once('connect', connected)
    const close = (): void => {
      socket.destroy()
    }
    signal.addEventListener('abort', close, { once: true })
    try {
      for await (const chunk of socket) yield chunk as Uint8Array
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', close)
      socket.destroy()
    }
  },

  openSocket({ host, port, tls }: SocketTarget, connected: () => void): ByteSocket {
    // Requests are written whole and waited for: holding small ones back would only delay them.
    const tcp = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }
    if (tls === undefined) return createConnection(tcp, connected)
    const serverName = tls.serverName ?? (isIP(host) === 0 ? host : undefined)
    return connectTls(
      {
        ...tcp,
        rejectUnauthorized: tls.unsafeNoVerify !== true,
        ...(serverName === undefined ? {} : { servername: serverName }),
        ...(tls.ca === undefined ? {} : { ca: Buffer.from(tls.ca) }),
        ...(tls.cert === undefined ? {} : { cert: Buffer.from(tls.cert) }),
        ...(tls.key === undefined ? {} : { key: Buffer.from(tls.key) }),
      },
      connected,
    )
  },

  httpGet,
})
