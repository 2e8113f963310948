import { describe, expect, test } from 'vitest'
import { kafkaConnection, kafkaConnectionOptions } from '../../../src/clients/kafka/options.ts'
import { sparkConnectionNames, withoutSparkNames } from '../../../src/clients/kafka/spark-options.ts'
import { resolveOptions } from '../../../src/common/options.ts'

const resolve = (given: object) => kafkaConnection(resolveOptions(kafkaConnectionOptions, withoutSparkNames({ ...given }, sparkConnectionNames), 'Kafka'))
const refusal = (given: object): string => {
  try {
    resolve(given)
  } catch (error) {
    return String(error)
  }
  return 'taken'
}

describe('options of a Kafka connection', () => {
  test('have defaults that are safe', () => {
    expect(resolve({ brokers: ['a:9092', '[::1]:9093'] })).toEqual({ brokers: ['a:9092', '[::1]:9093'], clientId: 'millrace', connectionTimeoutMs: 10_000, requestTimeoutMs: 30_000 })
    expect(resolve({ brokers: 'a:1, b.c:2', tls: true })).toMatchObject({ brokers: ['a:1', 'b.c:2'], tls: {} })
  })

  test.each([[[]], [['a']], [['a:0']], [['a:65536']], [['a:b']], [['http://a:1']], [''], [[1]], [['a b:1']]])('refuse %j as brokers', brokers => {
    expect(refusal({ brokers })).toContain('Option "brokers" of Kafka')
  })

  test('take secrets as references only, and show none', () => {
    const sasl = { mechanism: 'scram-sha-512', username: 'u', password: { env: 'P' } }
    expect(resolve({ brokers: 'a:1', sasl }).sasl).toEqual(sasl)
    expect(resolve({ brokers: 'a:1', sasl: { mechanism: 'oauthbearer', token: { file: '/t' } } }).sasl).toEqual({ mechanism: 'oauthbearer', token: { file: '/t' } })
    for (const wrong of [{ ...sasl, password: 'hunter2' }, { ...sasl, password: { env: 'P', file: 'hunter2' } }, { ...sasl, password: undefined }, { ...sasl, mechanism: 'gssapi-hunter2' }, { ...sasl, token: 'hunter2' }, 'hunter2']) {
      const text = refusal({ brokers: 'a:1', sasl: wrong })
      expect(text).toContain('Option "sasl" of Kafka is ***')
      expect(text).not.toContain('hunter2')
    }
  })

  test('have Spark\'s names too', () => {
    expect(
      resolve({
        'kafka.bootstrap.servers': 'a:1,b:2', 'kafka.security.protocol': 'SASL_SSL', 'kafka.sasl.mechanism': 'SCRAM-SHA-256', sasl: { username: 'u', password: { file: 'p' } },
        'kafka.ssl.truststore.location': 'ca.pem', 'kafka.ssl.truststore.type': 'PEM', 'kafka.ssl.keystore.location': 'me.pem', 'kafka.client.id': 'me', 'kafka.request.timeout.ms': '5000',
      }),
    ).toEqual({
      brokers: ['a:1', 'b:2'], clientId: 'me', connectionTimeoutMs: 10_000, requestTimeoutMs: 5000, tls: { caFile: 'ca.pem', certFile: 'me.pem', keyFile: 'me.pem' },
      sasl: { mechanism: 'scram-sha-256', username: 'u', password: { file: 'p' } },
    })
    expect(resolve({ 'kafka.bootstrap.servers': 'a:1', 'kafka.security.protocol': 'SSL' })).toMatchObject({ tls: {} })
    expect(resolve({ 'kafka.bootstrap.servers': 'a:1', 'kafka.security.protocol': 'plaintext' }).tls).toBeUndefined()
  })

  test.each([
    [{ 'kafka.sasl.jaas.config': 'ScramLoginModule required username="u" password="hunter2";' }, 'would put a password into the program'],
    [{ 'kafka.security.protocol': 'SASL_SSL' }, 'needs to know who we are'],
    [{ 'kafka.security.protocol': 'SSL', sasl: { mechanism: 'plain', username: 'u', password: { env: 'P' } } }, 'Use "SASL_SSL"'],
    [{ 'kafka.security.protocol': 'PLAINTEXT', tls: true }, 'does not encrypt'],
    [{ 'kafka.security.protocol': 'PLAINTEXT', 'kafka.ssl.truststore.location': 'ca.pem' }, 'does not encrypt'],
    [{ 'kafka.security.protocol': 'TLS' }, 'must be one of'],
    [{ 'kafka.sasl.mechanism': 'PLAIN' }, 'nothing says who we are'],
    [{ 'kafka.ssl.truststore.type': 'JKS' }, 'only PEM files are read'],
    [{ 'kafka.ssl.endpoint.identification.algorithm': '' }, 'unsafeNoVerify'],
    [{ 'kafka.bootstrap.servers': 'b:1' }, 'both are set'],
    [{ 'kafka.group.id': 'g' }, 'groupIdForLag'],
    [{ 'kafka.auto.offset.reset': 'latest' }, 'is decided by the engine'],
    [{ 'kafka.linger.ms': '5' }, 'There is no option "kafka.linger.ms"'],
  ])('refuse %j', (given, why) => {
    const text = refusal({ brokers: 'a:1', ...given })
    expect(text).toContain(why)
    expect(text).not.toContain('hunter2')
  })
})
