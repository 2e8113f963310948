import { createConnection } from 'node:net'
import type { Network } from '../network.ts'

/** Real TCP connections. */
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
})
