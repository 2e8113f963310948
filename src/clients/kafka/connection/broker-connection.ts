import { messageOf } from '../../../common/errors.ts'
import type { ByteSocket } from '../../../common/network.ts'
import type { Ports } from '../../../common/ports.ts'
import { authenticationFailed, clientClosed, malformedAnswer, tooOld } from '../errors.ts'
import type { KafkaConnection } from '../port.ts'
import { apiVersionsRequest } from '../protocol/api-versions.ts'
import { apis, type KafkaRequest } from '../protocol/request.ts'
import { MalformedAnswerError } from '../protocol/response-reader.ts'
import type { Credentials } from './credentials.ts'
import { PassingFailure } from './failure.ts'
import { type KafkaJsConnection, kafkaJsConnection, silent } from './kafkajs.ts'
import { TokenRefusedError } from './oauthbearer.ts'

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
      return await open.send(request, this.#settings.connection.requestTimeoutMs)
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

  #making: OpenConnection | undefined

  async #connected(): Promise<OpenConnection> {
    if (this.#closed) throw clientClosed()
    const known = await this.#open?.catch(() => undefined)
    if (known?.isConnected() === true) return known
    if (this.#closed) throw clientClosed()
    // Somebody else may have begun to make one meanwhile.
    this.#open = this.#sharedOpen ??= this.#make().finally(() => {
      this.#sharedOpen = undefined
      this.#making = undefined
    })
    return await this.#open
  }

  #sharedOpen: Promise<OpenConnection> | undefined

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

/** A connection of kafkajs with the socket under it. */
class OpenConnection {
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

/** Words of a refusal that no second try would change. kafkajs names SASL's errors; TLS's have their library's codes. */
function authenticationRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'KafkaJSSASLAuthenticationError' || error instanceof TokenRefusedError) return error.message
  if (error.name === 'KafkaJSProtocolError' && /SASL|mechanism/i.test(error.message)) return error.message
  const code = (error as { code?: unknown }).code
  const ofTls = typeof code === 'string' && (code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_') || certificateCodes.has(code))
  return ofTls ? `the TLS handshake failed (${error.message})` : undefined
}

const certificateCodes: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_SIGNATURE_FAILURE', 'CERT_UNTRUSTED', 'CERT_REJECTED', 'CERT_REVOKED', 'INVALID_CA', 'HOSTNAME_MISMATCH', 'EPROTO',
])
