import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import type { KafkaConnection, SaslSettings, TlsSettings } from '../../../src/clients/kafka/port.ts'
import { connectionTo, describeKafka } from '../../support/kafka.ts'
import { batch, valuesOf } from './log.ts'

const password = { env: 'MILLRACE_TEST_KAFKA_PASSWORD' }
const wrong = { env: 'MILLRACE_TEST_KAFKA_WRONG' }
const wrongPassword = 'hunter2-not-the-password'

/** A token that nobody signed, which the brokers of tests take. */
function token(subject: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: now - 10, exp: now + 3600 })}.`
}

/** Everything that somebody may come to read of an error. */
function textsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return [error.message, error.stack, JSON.stringify(error), error.cause === undefined ? '' : textsOf(error.cause)].join('\n')
}

describeKafka('connections', kafka => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-secrets-'))
    process.env[password.env] = kafka.state.user.password
    process.env[wrong.env] = wrongPassword
  })
  afterAll(() => {
    delete process.env[password.env]
    delete process.env[wrong.env]
    rmSync(folder, { recursive: true, force: true })
  })

  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const to = (listener: 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT' | 'PLAINTEXT', more: Partial<KafkaConnection> = {}, host = 'localhost'): KafkaConnection =>
    connectionTo(`${host}:${kafka.state.ports[listener]}`, { ...(listener.endsWith('SSL') ? { tls: { caFile: kafka.state.tls!.ca } } : {}), ...more })
  const login = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', secret: typeof password = password): SaslSettings => ({ mechanism, username: kafka.state.user.name, password: secret })

  /** Writes and reads, so that every kind of connection is used. */
  const works = async (connection: KafkaConnection): Promise<void> => {
    const port = await openKafka(connection)
    try {
      const topic = kafka.topic()
      await port.createTopic({ topic, partitions: 1 })
      await (await port.idempotent()).send([batch(topic, 0, ['a'])])
      expect(await valuesOf(port, topic, 0)).toEqual(['a'])
    } finally {
      await port.close()
    }
  }
  const refused = async (connection: KafkaConnection, code: string, words: RegExp): Promise<void> => {
    const error = await openKafka(connection).then(async port => (await port.close(), undefined), (e: unknown) => e)
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) })
    for (const secret of [wrongPassword, kafka.state.user.password]) expect(textsOf(error)).not.toContain(secret)
  }

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('TLS with %s', mechanism => works(to('SASL_SSL', { sasl: login(mechanism) })))
  test.each(['plain', 'scram-sha-512'] as const)('%s without TLS on this machine', mechanism => works(to('SASL_PLAINTEXT', { sasl: login(mechanism) })))
  test('TLS with a token', () => works(to('SASL_SSL', { sasl: { mechanism: 'oauthbearer', token: { file: file('token', `${token(kafka.state.user.name)}\n`) } } })))
  test('TLS alone', () => works(to('SSL')))
  test('TLS to an address instead of a name', () => works(to('SSL', {}, '127.0.0.1')))
  test('TLS with a certificate of our own', () => works(to('SSL', { tls: { caFile: kafka.state.tls!.ca, certFile: kafka.state.tls!.clientCert, keyFile: kafka.state.tls!.clientKey } })))
  test('TLS that verifies nothing, because it is told so', () => works(to('SSL', { tls: { unsafeNoVerify: true } })))
  test('a password from a file', () => works(to('SASL_SSL', { sasl: { ...login('scram-sha-512'), password: { file: file('password', `${kafka.state.user.password}\n`) } } as SaslSettings })))

  describe('are refused', () => {
    test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('with a wrong password: %s', mechanism =>
      refused(to('SASL_SSL', { sasl: login(mechanism, wrong) }), 'KAFKA_AUTHENTICATION_FAILED', /SASL/))
    test('with a wrong user', () => refused(to('SASL_SSL', { sasl: { mechanism: 'scram-sha-512', username: 'nobody', password } }), 'KAFKA_AUTHENTICATION_FAILED', /SASL/))
    test('with a bad token', async () => {
      const bad = 'not.a-token-but-secret.at-all'
      const connection = to('SASL_SSL', { sasl: { mechanism: 'oauthbearer', token: { file: file('bad-token', bad) } } })
      await refused(connection, 'KAFKA_AUTHENTICATION_FAILED', /SASL/)
      await openKafka(connection).catch((error: unknown) => expect(textsOf(error)).not.toContain(bad))
    })
    test('with a mechanism that the listener does not have', () => refused(to('SSL', { sasl: login('scram-sha-512') }), 'KAFKA_AUTHENTICATION_FAILED', /SASL|mechanism/i))
    test('by a certificate that nobody signed whom we trust', () => refused(to('SSL', { tls: {} }), 'KAFKA_AUTHENTICATION_FAILED', /self-signed certificate/))
    test('by a certificate for another name', () => refused(to('SSL', { tls: { caFile: kafka.state.tls!.ca, serverName: 'other.example' } }), 'KAFKA_AUTHENTICATION_FAILED', /other\.example/))
    test('where TLS is spoken to a listener without it', () => refused(to('PLAINTEXT', { tls: { unsafeNoVerify: true }, connectionTimeoutMs: 1500 }), 'KAFKA_UNAVAILABLE', /before secure TLS connection was established/))
    test('where no TLS is spoken to a listener with it', () => refused(to('SSL', { tls: undefined, connectionTimeoutMs: 500 }), 'KAFKA_UNAVAILABLE', /reachable/))
    test('where a secret is not set', () => refused(to('SASL_SSL', { sasl: { ...login('plain'), password: { env: 'MILLRACE_TEST_UNSET' } } as SaslSettings }), 'KAFKA_CREDENTIALS_MISSING', /"sasl.password".*"MILLRACE_TEST_UNSET", which is not set/))
    test('where a file is not there', async () => {
      const absent = (option: keyof TlsSettings): KafkaConnection => to('SSL', { tls: { caFile: kafka.state.tls!.ca, [option]: join(folder, 'absent.pem') } })
      for (const option of ['caFile', 'certFile', 'keyFile'] as const) await refused(absent(option), 'KAFKA_CREDENTIALS_MISSING', new RegExp(`"tls.${option}".*absent.pem`))
      await refused(to('SASL_SSL', { sasl: { mechanism: 'oauthbearer', token: { file: file('empty', '\n') } } }), 'KAFKA_CREDENTIALS_MISSING', /empty/)
    })
    test('where nobody listens', () => refused(connectionTo('localhost:1', { connectionTimeoutMs: 500 }), 'KAFKA_UNAVAILABLE', /ECONNREFUSED.*"localhost:1"/))
    test('where no such host exists', () => refused(connectionTo('kafka.invalid:9092', { connectionTimeoutMs: 500 }), 'KAFKA_UNAVAILABLE', /kafka\.invalid/))
    test('where something else listens', async () => {
      const server = createHttpServer().listen(0, '127.0.0.1')
      await new Promise(listening => server.once('listening', listening))
      const { port } = server.address() as AddressInfo
      await refused(connectionTo(`127.0.0.1:${port}`, { connectionTimeoutMs: 500, requestTimeoutMs: 500 }), 'KAFKA_UNAVAILABLE', /reachable/)
      server.close()
    })
    test.each(['plain', 'oauthbearer'] as const)('where %s would send the secret readable over a network', mechanism =>
      refused(connectionTo('kafka.invalid:9092', { sasl: mechanism === 'plain' ? login('plain') : { mechanism, token: password } }), 'KAFKA_INSECURE_PASSWORD', new RegExp(`"${mechanism}" without TLS`)))
  })

  test('users may do what they are allowed to, and are told what they are not', async () => {
    const admin = new Kafka({ clientId: 'admin', brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING, connectionTimeout: 20_000 }).admin()
    await admin.connect()
    const [topic, id, group] = [kafka.topic('forbidden'), kafka.topic('forbidden-id'), kafka.topic('forbidden-group')]
    const open = await openKafka(kafka.connection)
    await open.createTopic({ topic, partitions: 1 })
    const deny = { principal: `User:${kafka.state.user.name}`, host: '*', operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.DENY, resourcePatternType: ResourcePatternTypes.LITERAL }
    await admin.createAcls({
      acl: [
        { ...deny, resourceType: AclResourceTypes.TOPIC, resourceName: topic },
        { ...deny, resourceType: AclResourceTypes.TRANSACTIONAL_ID, resourceName: id },
        { ...deny, resourceType: AclResourceTypes.GROUP, resourceName: group },
      ],
    })
    const port = await openKafka(to('SASL_PLAINTEXT', { sasl: login('scram-sha-256') }))
    const forbidden = async (work: Promise<unknown>, error: string): Promise<void> =>
      await expect(work).rejects.toMatchObject({ code: 'KAFKA_AUTHORIZATION_FAILED', retryable: false, context: { error } })
    await forbidden(port.topics([topic]), 'TOPIC_AUTHORIZATION_FAILED')
    await forbidden(port.offsets([{ topic, partition: 0 }], 'latest'), 'TOPIC_AUTHORIZATION_FAILED')
    await forbidden(port.idempotent().then(p => p.send([batch(topic, 0, ['a'])])), 'TOPIC_AUTHORIZATION_FAILED')
    await forbidden(port.transactional(id, 60_000), 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    await forbidden(port.commitGroupOffsets(group, [{ topic, partition: 0, offset: 0n }]), 'GROUP_AUTHORIZATION_FAILED')
    // Whoever asks for all topics sees those that they may.
    expect((await port.topics()).map(t => t.topic)).not.toContain(topic)
    expect(await open.topics([topic])).toHaveLength(1)
    await Promise.all([port.close(), open.close(), admin.disconnect()])
  })

  test('the first of several brokers that answers is enough', async () => {
    const port = await openKafka({ ...kafka.connection, brokers: ['localhost:1', kafka.bootstrap] })
    expect(await port.topics([kafka.topic('absent')])).toEqual([])
    await port.close()
  })
})
