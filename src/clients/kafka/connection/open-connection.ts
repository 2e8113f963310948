import type { ByteSocket } from '../../../common/network.ts'
import type { KafkaRequest } from '../protocol/request.ts'
import type { KafkaJsConnection } from './kafkajs.ts'

/** A connection of kafkajs with the socket under it. */
export class OpenConnection {
  readonly #raw: KafkaJsConnection
  readonly #socket: () => ByteSocket | undefined

  constructor(raw: KafkaJsConnection, socket: () => ByteSocket | undefined) {
    this.#raw = raw
    this.#socket = socket
    // Requests never wait for each other here, so that there is nothing to look after.
    raw.requestQueue.scheduleCheckPendingRequests = () => undefined
  }

  isConnected(): boolean {
    return this.#raw.isConnected()
  }

  send<T>(request: KafkaRequest<T>, timeoutMs: number): Promise<T> {
    const { api, body } = request
    return this.#raw.send<T>({
      request: { apiKey: api.key, apiVersion: api.version, apiName: api.name, encode: async () => ({ buf: body, buffer: body }) },
      response: { decode: async answer => ({ clientSideThrottleTime: null, value: request.decode(answer) }), parse: async decoded => decoded.value },
      requestTimeout: timeoutMs,
      logResponseError: false,
    })
  }

  /** Takes the socket away: kafkajs then rejects what waits and stops its timers. */
  destroy(): void {
    const error = new Error('the connection was closed')
    this.#raw.rejectRequests(error)
    this.#socket()?.destroy(error)
    this.#raw.disconnect().catch(() => undefined)
  }
}
