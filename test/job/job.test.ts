import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { defineJob, isMillraceError, runJob, Secret, setting, type LogFields } from 'millrace'
import { escapeControls, logLines } from '../../src/common/log-lines.ts'
import { loggerOf } from '../../src/common/log.ts'
import { maskingLogger, maskOf } from '../../src/job/mask.ts'
import { variableOf } from '../../src/job/variable-names.ts'

const queries = (): never => {
  throw new Error('It is not called.')
}
const codeOf = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    return isMillraceError(error) ? error.code : String(error)
  }
  return 'nothing'
}

describe('defineJob()', () => {
  test('refuses what cannot be run or named', () => {
    const doc = 'It is needed.'
    expect(codeOf(() => defineJob({ name: '.hidden', queries }))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a/b', queries }))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a' } as never))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a', queries, config: { 'max-rows': setting.text({ doc }) } }))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a', queries, config: { maxRows: 5 as never } }))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a', queries, config: { rows: setting.integer({ doc, default: 0, min: 1 }) } }))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a', queries, config: { maxRows: setting.text({ doc }), maxROWS: setting.text({ doc }) } }))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a', queries, config: { key: setting.secret({ doc }), keyFile: setting.text({ doc }) } }))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a', queries, config: { adminToken: setting.secret({ doc }) } }))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a', queries, restart: { maxDelay: '2 days' } }))).toBe('JOB_INVALID')
    expect(codeOf(() => defineJob({ name: 'a', queries, restart: { sameFailures: 0 } }))).toBe('JOB_INVALID')
    expect(defineJob({ name: 'a', queries }).kind).toBe('Job')
  })

  test('reads settings from variables with words in capitals', () => {
    expect(['input', 'maxRows', 'apiKey2', 'kafkaSASL'].map(variableOf)).toEqual(['MILLRACE_INPUT', 'MILLRACE_MAX_ROWS', 'MILLRACE_API_KEY2', 'MILLRACE_KAFKA_SASL'])
  })
})

test('a program runs a job itself, with its own values and log; what queries() answers must be queries', async () => {
  const lines: { level: string; fields: LogFields; message: string }[] = []
  const logger = loggerOf((level, fields, message) => lines.push({ level, fields, message }))
  const job = defineJob({ name: 'none', config: { n: setting.integer({ doc: 'A number.' }) }, queries: () => [] })
  expect(await runJob(job, { config: { n: 7 }, logger })).toEqual({ exitCode: 1, down: [] })
  expect(lines.map(l => [l.level, l.fields.code])).toEqual([['info', undefined], ['error', 'JOB_INVALID']])
  expect(lines[0].fields.config).toEqual({ n: 7 })
  await expect(runJob(job, { config: { n: '7' }, logger })).rejects.toMatchObject({ code: 'JOB_INVALID_SETTING' })
  await expect(runJob(job, { config: { m: 7 }, logger })).rejects.toMatchObject({ code: 'JOB_UNKNOWN_SETTING' })
})

test('a logger whose methods need their object is called as one', () => {
  class Pino {
    readonly seen: unknown[] = []
    debug(fields: object, message: string): void {
      this.seen.push('debug', fields, message)
    }
    info(fields: object, message: string): void {
      this.seen.push('info', fields, message)
    }
    warn(fields: object, message: string): void {
      this.seen.push('warn', fields, message)
    }
    error(fields: object, message: string): void {
      this.seen.push('error', fields, message)
    }
  }
  const pino = new Pino()
  maskingLogger(maskOf(['hunter2']), pino).error({ code: 'X', query: 'q' }, 'hunter2')
  expect(pino.seen).toEqual(['error', { code: 'X', query: 'q' }, '***'])
})

test('a secret shows itself nowhere', () => {
  const secret = new Secret('hunter2', { env: 'KEY' })
  expect([String(secret), `${secret}`, JSON.stringify({ secret }), inspect({ secret }), secret.reveal(), secret.reference]).toEqual(['***', '***', '{"secret":"***"}', '{ secret: *** }', 'hunter2', { env: 'KEY' }])
})

test('masks reach into nested fields, names and errors, and the longest secret counts first', () => {
  const seen: unknown[] = []
  const logger = maskingLogger(maskOf(['abcd', 'abcdef']), loggerOf((_, fields, message) => seen.push(fields, message)))
  const cause = Object.assign(new Error('with abcdef'), { name: 'Failure', stack: 'at abcd' })
  logger.warn({ list: [{ abcdef: 'xabcdx' }, new Date(0), null, 1], cause, base64: Buffer.from('abcdef').toString('base64') }, 'abcdef, abcd')
  expect(seen).toEqual([{ list: [{ '***': 'x***x' }, '1970-01-01T00:00:00.000Z', null, 1], cause: { type: 'Failure', message: 'with ***', stack: 'at ***' }, base64: '***' }, '***, ***'])
})

describe('log lines', () => {
  const written = (format: 'json' | 'readable', level: 'debug' | 'warn' = 'debug') => {
    const lines: string[] = []
    return { lines, logger: logLines({ format, level, now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6), write: line => lines.push(line) }) }
  }

  test('are one JSON object each, with level, time, query, batch and code first', () => {
    const { lines, logger } = written('json')
    logger.error({ rows: 3n, code: 'SINK_COMMIT_FAILED', batch: 7, query: 'q', level: 'x', time: 'y', message: 'z', none: undefined }, 'It failed.')
    expect(lines).toEqual(['{"level":"error","time":"2026-01-02T03:04:05.006Z","query":"q","batch":7,"code":"SINK_COMMIT_FAILED","message":"It failed.","rows":"3"}'])
  })

  test('are short for people', () => {
    const { lines, logger } = written('readable')
    logger.warn({ code: 'SINK_COMMIT_FAILED', batch: 7, query: 'q', attempt: 2, config: { a: 1 } }, 'It failed.')
    logger.info({}, 'It goes on.')
    expect(lines).toEqual(['03:04:05.006 WARN  [q batch 7] SINK_COMMIT_FAILED: It failed. attempt=2 config={"a":1}', '03:04:05.006 INFO  It goes on.'])
  })

  test.each(['json', 'readable'] as const)('%s ones stay one line without commands to a terminal, whatever is in them', format => {
    const { lines, logger } = written(format)
    const hostile = 'a\nb\r\u001b[31m\u0000\u007f\u009b2J\u2028\u202e'
    logger.info({ query: hostile, extra: hostile, [hostile]: hostile }, hostile)
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/)
    if (format === 'json') expect(JSON.parse(lines[0])).toMatchObject({ query: hostile, message: hostile, extra: hostile })
    expect(escapeControls('a\u001bb')).toBe('a\\u001bb')
  })

  test('below the level are left out', () => {
    const { lines, logger } = written('json', 'warn')
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, level)
    expect(lines.map(l => (JSON.parse(l) as { level: string }).level)).toEqual(['warn', 'error'])
  })
})
