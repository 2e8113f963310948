import { makeError, type MillraceError } from '../../common/errors.ts'

/** Options as they were given, under our names or Spark's. */
export type GivenOptions = { readonly [name: string]: unknown }

/** How Spark's names are taken: the name here, or a function that changes what was gathered so far. */
export type SparkNames = { readonly [name: string]: string | ((value: unknown, into: { [name: string]: unknown }) => void) }

/** Names of the connection, which are those of Kafka's Java client with `kafka.` before them. */
export const sparkConnectionNames: SparkNames = Object.freeze({
  'kafka.bootstrap.servers': 'brokers',
  'kafka.client.id': 'clientId',
  'kafka.request.timeout.ms': (value, into) => {
    into['requestTimeout'] = `${String(value)} ms`
  },
  'kafka.socket.connection.setup.timeout.ms': (value, into) => {
    into['connectionTimeout'] = `${String(value)} ms`
  },
  'kafka.sasl.mechanism': (value, into) => {
    const { sasl } = into
    const mechanism = String(value).toLowerCase()
    if (typeof sasl !== 'object' || sasl === null) {
      throw refused('kafka.sasl.mechanism', `is ${JSON.stringify(value)}, but nothing says who we are: give sasl: { username, password: { env: "KAFKA_PASSWORD" } }`)
    }
    into['sasl'] = { mechanism, ...sasl }
  },
  'kafka.sasl.jaas.config': () => {
    // Its value is not looked at: it mostly is a password.
    throw refused('kafka.sasl.jaas.config', 'would put a password into the program and its plan. Remove it and give sasl: { mechanism: "scram-sha-512", username: "u", password: { env: "KAFKA_PASSWORD" } }, where the password is named and not written')
  },
  'kafka.ssl.truststore.location': (value, into) => {
    into['tls'] = { ...tlsOf(into), caFile: value }
  },
  'kafka.ssl.keystore.location': (value, into) => {
    // A PEM store has the key and the chain in one file.
    into['tls'] = { ...tlsOf(into), certFile: value, keyFile: value }
  },
  'kafka.ssl.truststore.type': value => mustBePem('kafka.ssl.truststore.type', value),
  'kafka.ssl.keystore.type': value => mustBePem('kafka.ssl.keystore.type', value),
  'kafka.ssl.endpoint.identification.algorithm': value => {
    if (value === 'https') return
    throw refused('kafka.ssl.endpoint.identification.algorithm', 'would leave the broker\'s name unchecked. Remove it, or set tls: { unsafeNoVerify: true } if that is really meant')
  },
  // After what it is checked against.
  'kafka.security.protocol': (value, into) => {
    const protocol = String(value).toUpperCase()
    if (protocol !== 'PLAINTEXT' && protocol !== 'SSL' && protocol !== 'SASL_PLAINTEXT' && protocol !== 'SASL_SSL') {
      throw refused('kafka.security.protocol', `is ${JSON.stringify(value)}, but it must be one of "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"`)
    }
    const encrypted = protocol === 'SSL' || protocol === 'SASL_SSL'
    if (!encrypted && isSet(into['tls'])) throw refused('kafka.security.protocol', `is "${protocol}", which does not encrypt, but "tls" is set. Keep one of them`)
    if (encrypted && !isSet(into['tls'])) into['tls'] = true
    if (protocol.startsWith('SASL') && into['sasl'] === undefined) {
      throw refused('kafka.security.protocol', `is "${protocol}", which needs to know who we are: give sasl: { mechanism, username, password: { env: "KAFKA_PASSWORD" } }`)
    }
    if (!protocol.startsWith('SASL') && into['sasl'] !== undefined) throw refused('kafka.security.protocol', `is "${protocol}", which has no SASL, but "sasl" is set. Use "SASL_SSL"`)
  },
})

/** What would change who decides about offsets, or how bytes are read: the engine does that itself. */
const owned = /^kafka\.(?:group\.id|auto\.offset\.reset|(?:key|value)\.(?:de)?serializer|enable\.auto\.commit|interceptor\.classes)$/

/**
 * Gives options of Spark's names ours. What is not in the table stays as it is, for the option table to judge.
 * @throws AnalysisError PLAN_INVALID_OPTION for one that is set under both names, or that cannot be taken
 */
export function withoutSparkNames(given: GivenOptions, names: SparkNames): { readonly [name: string]: unknown } {
  const into: { [name: string]: unknown } = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (owned.test(name)) throw refused(name, 'is decided by the engine, which keeps offsets in the checkpoint and bytes as they are. Remove it; groupIdForLag is there for dashboards that measure lag by a group')
    if (!Object.hasOwn(names, name)) into[name] = value
  }
  // In the table's order: a later entry may build on an earlier one.
  for (const [name, to] of Object.entries(names)) {
    const value = given[name]
    if (value === undefined) continue
    if (typeof to === 'string') {
      if (to !== name && into[to] !== undefined) throw refused(name, `is the same as "${to}", and both are set. Keep one of them`)
      into[to] = value
    } else to(value, into)
  }
  return into
}

function tlsOf(into: { readonly [name: string]: unknown }): object {
  const { tls } = into
  return typeof tls === 'object' && tls !== null ? tls : {}
}

function isSet(tls: unknown): boolean {
  return tls !== undefined && tls !== false
}

function mustBePem(name: string, value: unknown): void {
  if (value !== 'PEM') throw refused(name, `is ${JSON.stringify(value)}, but only PEM files are read. Convert the store`)
}

export function refused(option: string, why: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `Option "${option}" of Kafka ${why}.`, { context: { option } })
}
