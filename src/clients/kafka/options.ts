import { durationMs, type Duration } from '../../common/duration.ts'
import { option, optional, optionTable, required, type OptionsOf, type ResolvedOptions, secret } from '../../common/options.ts'
import type { KafkaConnection, SaslSettings, SecretReference, TlsSettings } from './port.ts'

const saslExpects =
  'an object such as { mechanism: "scram-sha-512", username: "u", password: { env: "KAFKA_PASSWORD" } } or { mechanism: "oauthbearer", token: { file: "/run/secrets/token" } }; a secret is named by { env } or { file } and never written into the program'

/** How a cluster is reached. The Kafka source and the Kafka sink both have these options. */
export const kafkaConnectionOptions = optionTable({
  brokers: required(option.value<string | readonly string[]>([], 'Brokers to begin with, host:port; the others are found through them.', 'a list of "host:port"', areBrokers)),
  clientId: option.text('millrace', 'The name under which the brokers log this client.'),
  tls: option.value<boolean | TlsSettings>(false, 'Encrypt connections: true, or an object with caFile, certFile, keyFile (PEM), serverName. Certificates are verified, unless unsafeNoVerify is set.', 'true, false or an object with caFile, certFile, keyFile, serverName, unsafeNoVerify', isTls),
  sasl: secret(optional(option.value<SaslSettings | undefined>(undefined, 'Who we are to the brokers: mechanism "plain", "scram-sha-256" or "scram-sha-512" with username and password, or "oauthbearer" with token. Secrets are references: { env: NAME } or { file: PATH }.', saslExpects, isSasl))),
  connectionTimeout: option.duration('10 seconds', 'How long a connection may take to be made, TLS and SASL included.'),
  requestTimeout: option.duration('30 seconds', 'How long a broker may take to answer.'),
})

export type KafkaConnectionOptions = OptionsOf<typeof kafkaConnectionOptions>
export type ResolvedKafkaConnectionOptions = ResolvedOptions<typeof kafkaConnectionOptions>

/** The connection that resolved options describe. */
export function kafkaConnection(options: ResolvedKafkaConnectionOptions): KafkaConnection {
  const tls = options.tls === true ? {} : options.tls === false ? undefined : options.tls
  return {
    brokers: brokerList(options.brokers),
    clientId: options.clientId,
    ...(tls === undefined ? {} : { tls }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    connectionTimeoutMs: durationMs(options.connectionTimeout as Duration, 'connectionTimeout'),
    requestTimeoutMs: durationMs(options.requestTimeout as Duration, 'requestTimeout'),
  }
}

function brokerList(brokers: string | readonly string[]): readonly string[] {
  return typeof brokers === 'string' ? brokers.split(',').map(b => b.trim()) : brokers
}

function areBrokers(value: unknown): boolean {
  if (typeof value !== 'string' && !(Array.isArray(value) && value.every(v => typeof v === 'string'))) return false
  const brokers = brokerList(value as string | readonly string[])
  return brokers.length > 0 && brokers.every(isBroker)
}

/** A name, an IPv4 address or an IPv6 address in brackets, and a port. */
function isBroker(text: string): boolean {
  const match = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text)
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535
}

function isTls(value: unknown): boolean {
  if (typeof value === 'boolean') return true
  return hasOnly(value, { caFile: isText, certFile: isText, keyFile: isText, serverName: isText, unsafeNoVerify: v => typeof v === 'boolean' }, [])
}

function isSasl(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { mechanism } = value as { readonly mechanism?: unknown }
  if (mechanism === 'oauthbearer') return hasOnly(value, { mechanism: isText, token: isSecretReference }, ['token'])
  if (mechanism !== 'plain' && mechanism !== 'scram-sha-256' && mechanism !== 'scram-sha-512') return false
  return hasOnly(value, { mechanism: isText, username: isText, password: isSecretReference }, ['username', 'password'])
}

export function isSecretReference(value: unknown): value is SecretReference {
  return hasOnly(value, { env: isText }, ['env']) || hasOnly(value, { file: isText }, ['file'])
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

function hasOnly(value: unknown, members: { readonly [name: string]: (value: unknown) => boolean }, needed: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const given = value as { readonly [name: string]: unknown }
  return needed.every(name => given[name] !== undefined) && Object.keys(given).every(name => Object.hasOwn(members, name) && (given[name] === undefined || members[name](given[name])))
}
