import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeOptions, option, optional, optionTable, type OptionsOf, required, type ResolvedOptions, resolveOptions, secret } from '../../src/common/options.ts'
import { csvOptions } from '../../src/formats/csv/options.ts'
import { jsonlOptions } from '../../src/formats/jsonl/options.ts'
import { textOptions } from '../../src/formats/text/options.ts'
import { failure } from './helpers.ts'

const table = optionTable({
  path: required(option.text('', 'Where the files are.')),
  header: option.boolean(false, 'Has names.'),
  limit: option.integer(10, 'At most so many.', { min: 1, max: 100 }),
  mode: option.oneOf(['fail', 'skip'], 'fail', 'What to do.'),
  every: optional(option.duration('1 second', 'How often.')),
  delimiter: option.character(',', 'Between fields.'),
})

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const typed: [
  Equal<OptionsOf<typeof table>, { readonly path: string; readonly header?: boolean; readonly limit?: number; readonly mode?: 'fail' | 'skip'; readonly every?: string; readonly delimiter?: string }>,
  Equal<ResolvedOptions<typeof table>, { readonly path: string; readonly header: boolean; readonly limit: number; readonly mode: 'fail' | 'skip'; readonly every: string | undefined; readonly delimiter: string }>,
] = [true, true]

describe('resolveOptions', () => {
  test('fills in the defaults', () => {
    expect({ ...resolveOptions(table, { path: 'x', limit: 100, mode: undefined }, 'files()') }).toEqual({ path: 'x', header: false, limit: 100, mode: 'fail', every: undefined, delimiter: ',' })
    expect(typed).toEqual([true, true])
  })

  test('the result is frozen and has no prototype', () => {
    const resolved = resolveOptions(table, { path: 'x' }, 'files()')
    expect([Object.isFrozen(resolved), Object.getPrototypeOf(resolved)]).toEqual([true, null])
  })

  test('an unknown option, with what was meant', () => {
    const error = failure(() => resolveOptions(table, { path: 'x', haeder: true }, 'files()'))
    expect([error.code, error.name, error.message]).toEqual([
      'PLAN_UNKNOWN_OPTION', 'AnalysisError', 'There is no option "haeder" of files(). It has "path", "header", "limit", "mode", "every", "delimiter". Did you mean "header"?',
    ])
    expect(failure(() => resolveOptions(table, JSON.parse('{"__proto__":1,"path":"x"}'), 'files()')).code).toBe('PLAN_UNKNOWN_OPTION')
  })

  test.each([
    [{}, 'Option "path" of files() is missing. Give text: where the files are.'],
    [{ path: 1 }, 'Option "path" of files() is 1, but it must be text.'],
    [{ path: 'x', header: 'yes' }, 'Option "header" of files() is "yes", but it must be true or false.'],
    [{ path: 'x', limit: 0 }, 'Option "limit" of files() is 0, but it must be a whole number from 1 up to 100.'],
    [{ path: 'x', limit: 1.5 }, 'Option "limit" of files() is 1.5, but it must be a whole number from 1 up to 100.'],
    [{ path: 'x', mode: 'drop' }, 'Option "mode" of files() is "drop", but it must be one of "fail", "skip".'],
    [{ path: 'x', every: '1 month' }, 'Option "every" of files() is "1 month", but it must be a length of time such as "10 minutes".'],
    [{ path: 'x', delimiter: '\n' }, 'Option "delimiter" of files() is "\\n", but it must be one ASCII character that is no letter, digit or line end.'],
  ])('%j', (given, message) => {
    const error = failure(() => resolveOptions(table, given, 'files()'))
    expect([error.code, error.message]).toEqual(['PLAN_INVALID_OPTION', message])
  })

  test('a secret is shown in no error and in no documentation', () => {
    const secrets = optionTable({ password: secret(optional(option.text('', 'To log in.'))) })
    const error = failure(() => resolveOptions(secrets, { password: ['hunter2'] }, 'kafka()'))
    expect([error.message, error.context.value]).toEqual(['Option "password" of kafka() is ***, but it must be text.', '***'])
    expect(describeOptions(secrets)).toBe('password: text. To log in.')
  })

  test('documentation comes from the table', () => {
    expect(describeOptions(table).split('\n').slice(0, 3)).toEqual([
      'path: text (required). Where the files are.', 'header: true or false (default false). Has names.', 'limit: a whole number from 1 up to 100 (default 10). At most so many.',
    ])
  })
})

test('the documentation of the text formats lists exactly their options', () => {
  const page = readFileSync(new URL('../../docs/formats-text.md', import.meta.url), 'utf8')
  const listed = (name: string): string[] => {
    const section = page.split(`### ${name}\n`)[1].split('\n### ')[0]
    return section.split('\n').filter(line => line.startsWith('- ')).map(line => line.slice(2))
  }
  expect(listed('jsonl')).toEqual(describeOptions(jsonlOptions).split('\n'))
  expect(listed('csv')).toEqual(describeOptions(csvOptions).split('\n'))
  expect(listed('text')).toEqual(describeOptions(textOptions).split('\n'))
})
