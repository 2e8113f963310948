import type { ByteSocket } from '../../../common/network.ts'
import type { SaslLogin } from './credentials.ts'

/**
 * The part of kafkajs 2.2.4 that we stand on: its Connection, which frames requests, matches answers by correlation id,
 * keeps their timeouts and logs in by SASL. It is not of its public interface, which is why the version is pinned. Its clients
 * for producing and consuming, with their loggers and warnings, are never made.
 */
export interface KafkaJsConnection {
  /** Requests on their way. Its timer for requests that wait would start itself again and again every millisecond. */
  readonly requestQueue: { scheduleCheckPendingRequests: () => void }
  isConnected(): boolean
  connect(): Promise<true>
  authenticate(): Promise<void>
  setVersions(versions: { readonly [apiKey: number]: { readonly minVersion: number; readonly maxVersion: number } }): void
  setSupportAuthenticationProtocol(isSupported: boolean): void
  send<T>(call: {
    readonly request: { readonly apiKey: number; readonly apiVersion: number; readonly apiName: string; encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }> }
    readonly response: { decode(answer: Buffer): Promise<{ readonly clientSideThrottleTime: null; readonly value: T }>; parse(decoded: { readonly value: T }): Promise<T> }
    readonly requestTimeout: number | null
    readonly logResponseError: boolean
  }): Promise<T>
  rejectRequests(error: Error): void
  disconnect(): Promise<true>
}

export interface KafkaJsConnectionOptions {
  readonly host: string
  readonly port: number
  readonly clientId: string
  readonly logger: KafkaJsLogger
  readonly socketFactory: (target: { readonly host: string; readonly port: number; readonly onConnect: () => void }) => ByteSocket
  readonly ssl: null
  readonly sasl: SaslLogin | null
  readonly connectionTimeout: number
  readonly requestTimeout: number
}

export interface KafkaJsLogger {
  namespace(): KafkaJsLogger
  error(): void
  warn(): void
  info(): void
  debug(): void
}

/** How a mechanism that kafkajs lets others write logs in: messages and answers are an int32 length and so many bytes. */
export type SaslProvider = (context: {
  saslAuthenticate(exchange: {
    readonly request: { encode(): Promise<Buffer> }
    readonly response: { decode(answer: Buffer): Promise<Buffer>; parse(answer: Buffer): Promise<string> }
  }): Promise<string>
}) => { authenticate(): Promise<void> }

export type KafkaJsConnectionClass = new (options: KafkaJsConnectionOptions) => KafkaJsConnection

/** Loaded when the first connection is made. */
export async function kafkaJsConnection(): Promise<KafkaJsConnectionClass> {
  return (await import('kafkajs/src/network/connection.js')).default
}

/** What kafkajs would print comes as our errors instead. */
export const silent: KafkaJsLogger = Object.freeze({
  namespace: () => silent,
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
})
