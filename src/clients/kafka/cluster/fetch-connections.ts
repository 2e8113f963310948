import { BrokerConnection, type ConnectionSettings } from '../connection/broker-connection.ts'
import { clientClosed } from '../errors.ts'
import type { KafkaRequest } from '../protocol/request.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * A broker answers the requests of a connection one by one, and a fetch may wait there for records: so each fetch under way
 * has a connection of its own, which the next one takes over. There are as many as there were fetches at the same time.
 */
export class FetchConnections {
  readonly #settings: ConnectionSettings
  readonly #idle = new Map<string, BrokerConnection[]>()
  readonly #all = new Set<BrokerConnection>()
  #closed = false

  constructor(settings: ConnectionSettings) {
    this.#settings = settings
  }

  /** When the signal aborts, the connection goes with the answer that nobody waits for. */
  async send<T>({ host, port }: Address, request: KafkaRequest<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed) throw clientClosed()
    const idle = this.#idleOf(`${host}:${port}`)
    const connection = idle.pop() ?? new BrokerConnection(host, port, this.#settings)
    this.#all.add(connection)
    const drop = (): void => {
      this.#all.delete(connection)
      connection.close().catch(() => undefined)
    }
    signal?.addEventListener('abort', drop, { once: true })
    try {
      if (signal?.aborted === true) drop()
      return await connection.send(request)
    } finally {
      signal?.removeEventListener('abort', drop)
      if (this.#all.has(connection)) idle.push(connection)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#all].map(c => c.close()))
  }

  #idleOf(key: string): BrokerConnection[] {
    let idle = this.#idle.get(key)
    if (idle === undefined) this.#idle.set(key, (idle = []))
    return idle
  }
}
