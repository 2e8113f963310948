import { describe, expect, test } from 'vitest'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { pipeline, type Row, scoreAll } from './support.ts'

async function select(statement: string, rows: readonly Row[]): Promise<unknown[]> {
  return scoreAll(await loadModelFromBytes(await pipeline([{ class: 'feature.SQLTransformer', params: { statement } }])), rows)
}

const row = { a: 6, b: 4, s: 'Oslo', n: null }

describe('SQLTransformer', () => {
  test.each<[string, Row]>([
    ['SELECT *, a / b AS q FROM __THIS__', { q: 1.5 }],
    ['SELECT *, (a + b) * 2 - -1 x FROM __THIS__', { x: 21 }],
    ['select *, a % b as m, CAST(b AS INT) DIV 3 as d from __THIS__', { m: 2, d: 1 }],
    ['SELECT *, upper(s) AS u, concat(s, \'-\', "x") AS c, s || \'!\' AS e FROM __THIS__', { u: 'OSLO', c: 'Oslo-x', e: 'Oslo!' }],
    ["SELECT *, CASE s WHEN 'Oslo' THEN 1 WHEN 'Bergen' THEN 2 ELSE 0 END AS k FROM __THIS__", { k: 1 }],
    ["SELECT *, IF(a > b AND NOT s LIKE 'B%', 'yes', 'no') AS w FROM __THIS__", { w: 'yes' }],
    ['SELECT *, a BETWEEN 5 AND 7 AS i, b IN (1, 4) AS j, n IS NULL AS k, a NOT IN (6) AS l FROM __THIS__', { i: true, j: true, k: true, l: false }],
    ['SELECT *, coalesce(n, a) AS c, CAST(a AS STRING) AS t, CAST("12" AS INT) + 1 AS u, a::int AS v FROM __THIS__', { c: 6, t: '6.0', u: 13, v: 6 }],
    ['SELECT *, CAST(a / 7 AS DECIMAL(10, 2)) AS d, CAST(a AS VARCHAR(3)) AS v, (b / 3)::decimal AS e FROM __THIS__', { d: 0.86, v: '6.0', e: 1 }],
    ['SELECT t.a * t.b AS p FROM __THIS__ AS t', { p: 24 }],
    ['SELECT __THIS__.*, `a` AS `a b` FROM __THIS__ -- a comment', { 'a b': 6 }],
    ['SELECT *, A AS same FROM __THIS__', { same: null }],
    ['SELECT (a + 1) FROM __THIS__', { '(a + 1)': 7 }],
    ['SELECT *, 1.5e1 AS x, 7L AS y, 2D AS z, NULL AS w FROM __THIS__', { x: 15, y: 7n, z: 2, w: null }],
    ["SELECT *, 'it\\'s' AS q, 'a' 'b' AS j, log(exp(a)) AS e, abs(-b) AS f FROM __THIS__", { q: "it's", j: 'ab', e: 6, f: 4 }],
  ])('%s', async (statement, expected) => {
    const [got] = await select(statement, [row])
    expect(got).toEqual(expected)
  })

  test('WHERE drops rows, those without an answer too', async () => {
    expect(await select('SELECT *, a AS c FROM __THIS__ WHERE a > 1', [{ a: 1 }, { a: 2 }, { a: null }])).toEqual(['dropped', { c: 2 }, 'dropped'])
  })

  test('a row on which an expression fails is refused, and the others are scored', async () => {
    const rows = Array.from({ length: 9 }, (_, i) => ({ a: i === 5 ? 0 : 2 }))
    const got = await select('SELECT *, 1 / a AS q FROM __THIS__', rows)
    expect(got.filter(r => (r as Row)['q'] === 0.5)).toHaveLength(8)
    expect(got[5]).toEqual({ refused: expect.stringContaining('SQLTransformer') })
  })

  test('a column under another name is text where a later stage reads text', async () => {
    const model = await loadModelFromBytes(await pipeline([
      { class: 'feature.SQLTransformer', params: { statement: 'SELECT *, s AS t FROM __THIS__' } },
      { class: 'feature.Tokenizer', params: { inputCol: 't', outputCol: 'w' } },
    ]))
    expect(await scoreAll(model, [row])).toEqual([{ t: 'Oslo', w: ['oslo'] }])
  })

  test.each([
    ['SELECT DISTINCT a FROM __THIS__', /DISTINCT/],
    ['SELECT a FROM other', /another table/],
    ['SELECT count(DISTINCT a) FROM __THIS__', /count\(DISTINCT/],
    ['SELECT sum(a) FROM __THIS__', /sum\(\)/],
    ['SELECT a FROM __THIS__ GROUP BY a', /GROUP/],
    ['SELECT a FROM __THIS__ LIMIT 3', /LIMIT/],
    ['SELECT rand() AS r FROM __THIS__', /another value each time/],
    ['SELECT (SELECT 1) AS x FROM __THIS__', /subquery/],
    ['SELECT CAST(a AS FLOAT) AS f FROM __THIS__', /cast to float/],
    ['SELECT nosuch(a) AS x FROM __THIS__', /nosuch/],
    ['SELECT a FROM __THIS__ WHERE a >', /end of the statement/],
    ['SELECT a ; DROP', /";"/],
    [`SELECT ${'('.repeat(5000)}a FROM __THIS__`, /nested/],
  ])('refused at load: %s', async (statement, message) => {
    await expect(select(statement.slice(0, 6000), [row])).rejects.toMatchObject({ code: 'ML_UNSUPPORTED', message: expect.stringMatching(message) })
  })
})
