import { describe, expect, test } from 'vitest'
import { count, explode, split, sum } from '../../src/expr/api/index.ts'
import { window } from '../../src/expr/window.ts'
import { outputSchema } from '../../src/plan/output-schema.ts'
import { pruneColumns } from '../../src/plan/prune-columns.ts'
import { columnsRead, stream, table } from './support.ts'

describe('a scan reads only what the query needs', () => {
  test.each([
    ['of a projection', stream().select('user'), [['user']]],
    ['of a computed column', stream().select(({ amount }) => ({ twice: amount.times(2) })), [['amount']]],
    ['of a filter too', stream().where(({ note }) => note.eq('x')).select('user'), [['user', 'note']]],
    ['everything, where everything is wanted', stream(), [['at', 'user', 'amount', 'note']]],
    ['not what is computed and then dropped', stream().withColumn('twice', ({ amount }) => amount.times(2)).drop('twice', 'amount', 'note'), [['at', 'user']]],
    ['keys, arguments and the event time of an aggregation', stream().withWatermark('at', '1 minute').groupBy('user').agg(({ amount }) => ({ total: sum(amount) })), [['at', 'user', 'amount']]],
    ['the time of a window', stream().groupBy(window('at', '1 minute')).agg(() => ({ n: count() })), [['at']]],
    ['one column where none is needed: rows still have to be counted', stream().agg(() => ({ n: count() })), [['at']]],
    ['the columns of a join on both sides', stream().join(table(), { on: ['user'], how: 'left' }).select('amount', 'home'), [['user', 'amount'], ['user', 'home']]],
    ['the keys alone of a join that only filters', stream().join(table(), { on: ['user'] }).select('note'), [['user', 'note'], ['user']]],
  ] as const)('%s', (_, frame, expected) => {
    const pruned = pruneColumns(frame.plan)
    expect(columnsRead(pruned)).toEqual(expected)
    expect(outputSchema(pruned)).toEqual(outputSchema(frame.plan))
  })

  test('through a union by position, also where the sides have other names', () => {
    const left = stream('left').select('user', 'amount', 'note')
    const right = stream('right').rename({ note: 'user2', user: 'note2' }).select(({ user2, amount, note2 }) => ({ user: user2, amount, note: note2 }))
    const pruned = pruneColumns(left.union(right).select('user', 'amount').plan)
    expect(columnsRead(pruned)).toEqual([['user', 'amount'], ['amount', 'note']])
  })

  test('of a source that is used twice, what both uses need', () => {
    const source = stream()
    const pruned = pruneColumns(source.select('user').union(source.select(({ note }) => ({ user: note }))).plan)
    expect(columnsRead(pruned)).toEqual([['user', 'note'], ['user', 'note']])
  })

  test('of a generator its argument, and the columns beside it that go on', () => {
    const frame = stream().withColumn('words', ({ note }) => split(note, ' ')).select('user', ({ words }) => ({ word: explode(words) }))
    expect(columnsRead(pruneColumns(frame.plan))).toEqual([['user', 'note']])
  })
})

test('where late rows are wanted, the first aggregation gets them whole', () => {
  const frame = stream()
    .withWatermark('at', '1 minute')
    .groupBy(window('at', '1 minute'), 'user')
    .agg(() => ({ n: count() }))
    .groupBy(({ window: inner }) => ({ span: window(inner, '1 hour') }))
    .agg(() => ({ users: count() }))
  expect(columnsRead(pruneColumns(frame.plan, { lateRows: true }))).toEqual([['at', 'user', 'amount', 'note']])
  expect(columnsRead(pruneColumns(frame.plan))).toEqual([['at', 'user']])
  // Without an aggregation nothing is late.
  expect(columnsRead(pruneColumns(stream().select('user').plan, { lateRows: true }))).toEqual([['user']])
})
