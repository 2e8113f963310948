import { makeError, type MillraceError } from '../../common/errors.ts'
import type { Json } from '../../common/json.ts'
import { option, optional, type OptionsOf, optionTable, required, type ResolvedOptions, resolveOptions, secret } from '../../common/options.ts'
import { isSecretReference } from '../kafka/options.ts'
import type { SecretReference } from '../kafka/port.ts'

/** Who we are to the registry. Secrets are references, read when they are needed. */
export type RegistryLogin = { readonly username: string; readonly password: SecretReference } | { readonly token: SecretReference }

const where = 'the schema registry'

export const registryOptions = optionTable({
  url: required(option.value<string>('', 'The registry, which speaks the REST interface of Confluent\'s: http(s)://host:port, with a path if it has one.', 'an address such as "https://registry:8081", without a user, query or fragment in it', isAddress)),
  format: option.oneOf(['any', 'avro', 'json', 'protobuf'], 'any', 'What records may be: a record of another format is a bad record.'),
  subject: optional(option.text('', 'The subject whose latest schema must fit the columns when the query starts. Default: the topic with "-value" or "-key" behind it, if it is one topic and the registry has that subject.')),
  readerSchema: optional(option.value<Json | undefined>(undefined, 'An Avro schema by which columns are found: its aliases count, and a field that a record lacks has its default.', 'an Avro schema, as an object or as JSON text', isSchema)),
  auth: secret(optional(option.value<RegistryLogin | undefined>(undefined, 'Who we are: a username with a password, or a token. Secrets are references: { env: NAME } or { file: PATH }.', 'an object such as { username: "u", password: { env: "REGISTRY_PASSWORD" } } or { token: { file: "/run/secrets/token" } }; a secret is named by { env } or { file } and never written into the program', isLogin))),
  caFile: optional(option.text('', 'PEM file of the authority that signed the registry\'s certificate. Default: those that Node knows.')),
  requestTimeout: option.duration('10 seconds', 'How long one answer may take.'),
  retryFor: option.duration('1 minute', 'How long a registry that cannot be reached is asked again before the query ends.'),
})

export type RegistryOptions = OptionsOf<typeof registryOptions>
export type ResolvedRegistryOptions = ResolvedOptions<typeof registryOptions>

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveRegistryOptions(given: { readonly [name: string]: unknown }): ResolvedRegistryOptions {
  const options = resolveOptions(registryOptions, given, where)
  const { hostname, protocol } = new URL(options.url)
  if (options.auth !== undefined && protocol === 'http:' && !isLoopback(hostname)) throw openSecret(hostname)
  return options
}

function openSecret(host: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `Option "auth" of ${where} would send the secret to "${host}" readable by everybody in between, as the url begins with http:. Use https:.`, { context: { name: 'auth', host, where } })
}

function isAddress(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { protocol, username, password, search, hash, hostname } = new URL(value)
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '' && username === '' && password === '' && search === '' && hash === ''
}

function isSchema(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null)
}

function isLogin(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const given = value as { readonly [name: string]: unknown }
  const names = Object.keys(given).filter(name => given[name] !== undefined).sort().join()
  if (names === 'token') return isSecretReference(given['token'])
  return names === 'password,username' && typeof given['username'] === 'string' && given['username'] !== '' && isSecretReference(given['password'])
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
