import { messageOf } from '../../../common/errors.ts'
import type { ByteSocket } from '../../../common/network.ts'
import type { Ports } from '../../../common/ports.ts'
import { authenticationFailed, clientClosed, malformedAnswer, tooOld } from '../errors.ts'
import type { KafkaConnection } from '../port.ts'
import { apiVersionsRequest } from '../protocol/api-versions.ts'
import { apis, type KafkaRequest } from '../protocol/request.ts'
import { MalformedAnswerError } from '../protocol/response-reader.ts'
import { authenticationRefusal } from './authentication-refusal.ts'
import type { Credentials } from './credentials.ts'
import { PassingFailure } from './failure.ts'
import { type KafkaJsConnection, kafkaJsConnection, silent } from './kafkajs.ts'
import { OpenConnection } from './open-connection.ts'

export interface ConnectionSettings {
  readonly connection: KafkaConnection
  readonly ports: Ports
  readonly credentials: Credentials
}

/** One connection to one broker, made when it is first needed and again after it broke. A broker answers its requests in order. */
export class BrokerConnection {
  readonly host: string
  readonly port: number
  readonly #settings: ConnectionSettings
  #open: Promise<OpenConnection> | undefined
  /** The one that is being made: everybody who needs one waits for it. */
  #opening: Promise<OpenConnection> | undefined
  #making: OpenConnection | undefined
  #closed = false

  constructor(host: string, port: number, settings: ConnectionSettings) {
    this.host = host
    this.port = port
    this.#settings = settings
  }

  /**
   * Sends and waits for the answer. @throws PassingFailure; QueryError KAFKA_AUTHENTICATION_FAILED, KAFKA_CREDENTIALS_MISSING,
   * KAFKA_PROTOCOL
   */
  async send<T>(request: KafkaRequest<T>): Promise<T> {
    const open = await this.#connected()
    try {
      return await open.send(request, this.#settings.connection.requestTimeoutMs + (request.waitMs ?? 0))
    } catch (error) {
      // Whatever else is on its way here could get the answer of another request.
      open.destroy()
      if (this.#closed) throw clientClosed()
      if (error instanceof MalformedAnswerError) throw malformedAnswer(this.#name, request.api.name, error)
      const refusal = authenticationRefusal(error)
      if (refusal !== undefined) throw authenticationFailed(this.#name, this.#settings.credentials.redact(refusal))
      throw new PassingFailure(this.#words(error), { sent: true, cause: error })
    }
  }

  /** No timer and no socket outlives it; requests on their way are rejected. */
  async close(): Promise<void> {
    this.#closed = true
    const open = this.#open
    this.#open = undefined
    this.#making?.destroy()
    if (open !== undefined) await open.then(o => o.destroy(), () => undefined)
  }

  async #connected(): Promise<OpenConnection> {
    if (this.#closed) throw clientClosed()
    const known = await this.#open?.catch(() => undefined)
    if (known?.isConnected() === true) return known
    if (this.#closed) throw clientClosed()
    // Somebody else may have begun to make one meanwhile.
    this.#open = this.#opening ??= this.#make().finally(() => {
      this.#opening = undefined
      this.#making = undefined
    })
    return await this.#open
  }

  async #make(): Promise<OpenConnection> {
    const { connection, credentials, ports } = this.#settings
    const Connection = await kafkaJsConnection()
    const [tls, sasl] = await Promise.all([credentials.tls(), credentials.sasl(this.host)])
    if (this.#closed) throw clientClosed()
    let socket: ByteSocket | undefined
    const raw = new Connection({
      host: this.host, port: this.port, clientId: connection.clientId, logger: silent, ssl: null, sasl: sasl ?? null,
      connectionTimeout: connection.connectionTimeoutMs, requestTimeout: connection.requestTimeoutMs,
      socketFactory: ({ host, port, onConnect }) => (socket = ports.network.openSocket({ host, port, ...(tls === undefined ? {} : { tls }) }, onConnect)),
    })
    const open = new OpenConnection(raw, () => socket)
    this.#making = open
    try {
      await raw.connect()
      await this.#introduce(raw, open, sasl !== undefined)
      return open
    } catch (error) {
      open.destroy()
      if (this.#closed) throw clientClosed()
      if (error instanceof MalformedAnswerError) throw malformedAnswer(this.#name, 'ApiVersions', error)
      const refusal = authenticationRefusal(error)
      if (refusal !== undefined) throw authenticationFailed(this.#name, credentials.redact(refusal))
      if (error instanceof Error && error.name.startsWith('KafkaJS')) throw new PassingFailure(this.#words(error), { cause: error })
      throw error
    }
  }

  /** Asks what the broker speaks, then says who we are. */
  async #introduce(raw: KafkaJsConnection, open: OpenConnection, sasl: boolean): Promise<void> {
    const versions = await open.send(apiVersionsRequest, this.#settings.connection.connectionTimeoutMs)
    for (const api of Object.values(apis)) {
      const range = versions.ranges.get(api.key)
      if (range === undefined || range.minVersion > api.version || range.maxVersion < api.version) {
        throw tooOld(this.#name, api.name, api.version, range === undefined ? 'not at all' : `${range.minVersion} to ${range.maxVersion}`)
      }
    }
    raw.setVersions(Object.fromEntries(versions.ranges))
    raw.setSupportAuthenticationProtocol(true)
    if (sasl) await raw.authenticate()
  }

  get #name(): string {
    return `${this.host}:${this.port}`
  }

  #words(error: unknown): string {
    return this.#settings.credentials.redact(`${this.#name}: ${messageOf(error)}`)
  }
}
