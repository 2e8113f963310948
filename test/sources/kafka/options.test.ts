import { json, kafka, memory, MemorySource, schema, Session, t } from 'millrace'
import { describe, expect, onTestFinished, test } from 'vitest'
import { describeSchema } from '../../../src/columnar/schema.ts'
import { resolveKafkaSourceOptions, withoutSparkSourceNames } from '../../../src/sources/kafka/options.ts'

const payment = schema({ id: t.int32(), note: t.nullable(t.string()) })
const brokers = ['localhost:9092']

const refusal = (options: object): string => {
  try {
    kafka({ ...options } as never).checkSource?.()
  } catch (error) {
    return String(error)
  }
  return 'taken'
}

describe('columns', () => {
  test('are Spark\'s without a format', () => {
    expect(describeSchema(kafka({ brokers, topic: 't' }).schema)).toBe(
      'key: binary (nullable)\nvalue: binary (nullable)\ntopic: string\npartition: int32\noffset: integer\ntimestamp: timestamp (nullable)\ntimestampType: int32',
    )
    expect(kafka({ brokers, topic: 't', includeHeaders: true }).schema.fields.at(-1)?.name).toBe('headers')
  })

  test('are the fields of the value, of the key, and what is asked for of Kafka', () => {
    const names = (options: object): string[] => kafka({ brokers, topic: 't', ...options } as never).schema.fields.map(f => f.name)
    const account = { format: 'text', schema: schema({ account: t.nullable(t.string()) }) } as const
    expect(names({ value: json(payment) })).toEqual(['id', 'note'])
    expect(names({ value: json(payment), key: account, metadata: ['offset', 'key'] })).toEqual(['id', 'note', 'account', 'offset', 'key'])
    expect(names({ value: json(payment), metadata: { written_at: 'timestamp' }, includeHeaders: true })).toEqual(['id', 'note', 'written_at', 'headers'])
    expect(names({ key: account })).toEqual(['account', 'value', 'topic', 'partition', 'offset', 'timestamp', 'timestampType'])
    expect(names({ metadata: ['value'] })).toEqual(['value'])
    expect(() => kafka({ brokers, topic: 't', value: json(schema({ offset: t.int32() })), metadata: ['offset'] })).toThrow('Column "offset" appears twice')
  })

  test('have types that the compiler knows', () => {
    const source = kafka({ brokers, topic: 't', value: json(payment), metadata: { at: 'timestamp', p: 'partition' } })
    const row: NonNullable<typeof source.schema['~row']> = { id: 1, note: null, at: new Date(), p: 1 }
    const raw = kafka({ brokers, topic: 't' })
    const whole: NonNullable<typeof raw.schema['~row']> = { key: null, value: null, topic: 't', partition: 0, offset: 1, timestamp: null, timestampType: 0 }
    expect([row.p, whole.offset]).toEqual([1, 1])
  })
})

describe('options', () => {
  const resolve = (given: object) => resolveKafkaSourceOptions(withoutSparkSourceNames({ ...given }))

  test('have Spark\'s names and texts too', () => {
    expect(
      resolve({
        'kafka.bootstrap.servers': 'a:1,b:2', subscribe: 'x, y', startingOffsets: '{"x":{"0":23,"1":-2},"y":{"0":-1}}', endingOffsets: 'latest', maxOffsetsPerTrigger: '1000', minOffsetsPerTrigger: 10,
        maxTriggerDelay: '15m', failOnDataLoss: 'false', includeHeaders: 'true', 'kafka.isolation.level': 'read_uncommitted', 'kafkaConsumer.pollTimeoutMs': 5000, startingTimestamp: '12',
      }),
    ).toMatchObject({
      brokers: 'a:1,b:2', topics: ['x', 'y'], startingOffsets: { x: { 0: 23, 1: -2 }, y: { 0: -1 } }, endingOffsets: 'latest', maxOffsetsPerTrigger: 1000, minOffsetsPerTrigger: 10,
      maxTriggerDelay: '15 minutes', failOnDataLoss: false, includeHeaders: true, isolation: 'read_uncommitted', fetchTimeout: '5000 ms', startingTimestamp: 12,
    })
    expect(resolve({ brokers, assign: '{"x":[0,2]}' }).assignment).toEqual({ x: [0, 2] })
    expect(resolve({ brokers, subscribePattern: 'pay.*' }).pattern).toBe('pay.*')
  })

  test.each([
    [{ brokers }, 'Give one of topic, topics, pattern and assignment'],
    [{ brokers, topic: 'a', pattern: 'b' }, 'cannot be given together'],
    [{ brokers, subscribe: 'a', topics: ['a'] }, 'both are set'],
    [{ brokers, assign: '{"a":[0]}', assignment: { a: [0] } }, 'both are set'],
    [{ topic: 'a' }, 'Option "brokers" of source "kafka" is missing'],
    [{ brokers, topic: '../etc' }, 'the name of a topic'],
    [{ brokers, pattern: '(' }, 'a regular expression'],
    [{ brokers, topic: 'a', startingOffsets: 'sometime' }, '"earliest", "latest" or an object'],
    [{ brokers, topic: 'a', startingOffsets: '{"a"' }, 'is no JSON'],
    [{ brokers, topic: 'a', startingOffsets: { a: { 0: -3 } } }, '"earliest", "latest" or an object'],
    [{ brokers, topic: 'a', endingOffsets: 'earliest' }, 'Option "endingOffsets"'],
    [{ brokers, topic: 'a', endingOffsets: { a: { 0: -2 } } }, 'where nothing would be read'],
    [{ brokers, topic: 'a', maxOffsetsPerTrigger: 0 }, 'a whole number from 1'],
    [{ brokers, topic: 'a', maxOffsetsPerTrigger: 5, minOffsetsPerTrigger: 6 }, 'no batch could ever be large enough'],
    [{ brokers, topic: 'a', metadata: ['ofset'] }, 'Option "metadata"'],
    [{ brokers, topic: 'a', value: { format: 'xml', schema: payment } }, 'Option "value"'],
    [{ brokers, topic: 'a', value: { format: 'csv', schema: payment, formatOptions: { delimeter: ';' } } }, 'Did you mean "delimiter"?'],
    [{ brokers, topic: 'a', startingOffset: 'earliest' }, 'Did you mean "startingOffsets"?'],
    [{ brokers, topic: 'a', 'kafka.sasl.jaas.config': 'password="hunter2"' }, 'where the password is named and not written'],
  ])('refuse %j', (options, why) => {
    const text = refusal(options)
    expect(text).toContain(why)
    expect(text).not.toContain('hunter2')
  })

  test('of a value without a schema are refused with advice, where the source is read', async () => {
    const session = await Session.start()
    onTestFinished(() => session.stop())
    expect(() => session.readStream(kafka({ brokers, topic: 'a', value: { format: 'json' } } as never))).toThrow(/needs? a schema|must be an object such as/)
    expect(memory(new MemorySource(payment)).provider).toBe('memory')
  })
})
