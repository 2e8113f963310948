import { readFile, stat } from 'node:fs/promises'
import {
  Bucketizer, Imputer, KMeans, LinearRegression, LogisticRegression, MaxAbsScaler, memory, MemorySource, MinMaxScaler, OneHotEncoder, Pipeline, PipelineModel, RobustScaler,
  schema, Session, StandardScaler, StringIndexer, t, VectorAssembler,
} from 'millrace'
import { parquetMetadata } from 'hyparquet'
import { expect, onTestFinished, test } from 'vitest'
import { rows, spark } from '../ml/fit/support.ts'
import { difference } from '../ml/spark/support.ts'
import { temporaryFolder } from '../streaming/support.ts'

const row = schema({
  rid: t.int32(), color: t.string(), size: t.string(), x1: t.float64(), x2: t.float64(), x3: t.float64(), n1: t.nullable(t.float64()), n2: t.nullable(t.float64()),
  label: t.float64(), kind: t.float64(), y: t.float64(), w: t.int32(),
})

function sourceOf(given: readonly object[] = rows): MemorySource<never> {
  const source = new MemorySource(row)
  source.addData(given as unknown as Parameters<typeof source.addData>[0])
  return source as unknown as MemorySource<never>
}

async function started(executors?: number): Promise<Session> {
  const session = await Session.start(executors === undefined ? {} : { executors })
  onTestFinished(() => session.stop())
  return session
}

const whole = new Pipeline({
  stages: [
    new StringIndexer({ inputCol: 'color', outputCol: 'ci', handleInvalid: 'keep' }),
    new StringIndexer({ inputCols: ['size'], outputCols: ['sz'] }),
    new OneHotEncoder({ inputCols: ['ci', 'sz'], outputCols: ['co', 'so'] }),
    new Imputer({ inputCols: ['n1', 'n2'], outputCols: ['m1', 'm2'] }),
    new Bucketizer({ inputCol: 'x2', outputCol: 'b2', splits: [-Infinity, 0, 50, Infinity] }),
    new VectorAssembler({ inputCols: ['co', 'so', 'm1', 'm2', 'b2', 'x1'], outputCol: 'raw' }),
    new StandardScaler({ inputCol: 'raw', outputCol: 's1' }),
    new MinMaxScaler({ inputCol: 's1', outputCol: 's2' }),
    new MaxAbsScaler({ inputCol: 's2', outputCol: 's3' }),
    new RobustScaler({ inputCol: 's3', outputCol: 'features' }),
    new LogisticRegression({ predictionCol: 'p1', probabilityCol: 'pr1', rawPredictionCol: 'r1', regParam: 0.01 }),
    new LinearRegression({ labelCol: 'y', predictionCol: 'p2' }),
    new KMeans({ k: 3, seed: 1, predictionCol: 'p3' }),
  ],
})

interface Answers {
  co: Float64Array
  m1: number
  b2: number
  p1: number
  pr1: Float64Array
  p2: number
  p3: number
  features: Float64Array
}

test('a pipeline is fitted, saved, read back and scores the same; on any number of executors it is the same bytes', async () => {
  const [inline, workers] = [await started(), await started(2)]
  const model = await whole.fit<Answers>(inline.readBatch(memory(sourceOf())))
  const again = await whole.fit<Answers>(workers.readBatch(memory(sourceOf())))
  expect(again.model.digest).toBe(model.model.digest)

  const path = `${await temporaryFolder()}/models/whole`
  await model.save(path)
  const loaded = await PipelineModel.load<Answers>(path)
  expect(loaded.model.digest).toBe(model.model.digest)
  const scored = await loaded.transform(workers.readBatch(memory(sourceOf()))).collect() as unknown as (Answers & { rid: number })[]
  const direct = await model.transform(inline.readBatch(memory(sourceOf()))).collect()
  expect(scored).toEqual(direct)
  expect(scored).toHaveLength(rows.length)
  const mean = (spark.fitted['imp-mean'] as number[])[0]
  expect(scored.map((s, k) => difference(s.m1, rows[k]['n1'] ?? mean) < 1e-14)).not.toContain(false)
  // Better than the most frequent class, and clusters that are all used.
  const right = scored.filter((s, k) => s.p1 === rows[k]['label']).length
  expect(right).toBeGreaterThan(Math.max(...[0, 1].map(c => rows.filter(r => r['label'] === c).length)))
  expect([...new Set(scored.map(s => s.p3))].sort()).toEqual([0, 1, 2])
})

test("what is saved has the layout, the defaults and the table schemas of Spark's own", async () => {
  const session = await started()
  const path = `${await temporaryFolder()}/whole`
  await (await whole.fit(session.readBatch(memory(sourceOf())))).save(path)
  const metadata = async (place: string): Promise<{ class: string; uid: string; timestamp: number; paramMap: { stageUids: string[]; [name: string]: unknown }; defaultParamMap: { [name: string]: unknown } }> =>
    JSON.parse(await readFile(`${path}/${place}metadata/part-00000`, 'utf8'))
  const pipeline = await metadata('')
  expect(pipeline.class).toBe('org.apache.spark.ml.PipelineModel')
  const seen = new Set<string>()
  for (const [k, uid] of pipeline.paramMap.stageUids.entries()) {
    const place = `stages/${String(k).padStart(2, '0')}_${uid}/`
    const stage = await metadata(place)
    seen.add(stage.class)
    expect(stage).toMatchObject({ uid, timestamp: 0 })
    const { defaultParamMap, row: schemaText } = spark.layout[stage.class]
    const known = Object.keys(stage.defaultParamMap).filter(name => name !== 'seed')
    expect(known.map(name => [name, stage.defaultParamMap[name]])).toEqual(known.map(name => [name, defaultParamMap[name]]))
    expect((await stat(`${path}/${place}metadata/_SUCCESS`)).size).toBe(0)
    if (schemaText === undefined) continue
    const bytes = await readFile(`${path}/${place}data/part-00000.snappy.parquet`)
    const { key_value_metadata: texts } = parquetMetadata(new Uint8Array(bytes).buffer)
    expect(JSON.parse(texts?.find(kv => kv.key === 'org.apache.spark.sql.parquet.row.metadata')?.value ?? '')).toEqual(renamed(JSON.parse(schemaText), stage.paramMap['inputCols']))
  }
  expect([...seen].sort()).toEqual(Object.keys(spark.layout).sort())
  // Spark reads doubles only with a decimal point.
  const bucketizer = await readFile(`${path}/stages/04_${pipeline.paramMap.stageUids[4]}/metadata/part-00000`, 'utf8')
  expect(bucketizer).toContain('"splits":["-Inf",0.0,50.0,"Inf"]')
})

/** An ImputerModel's table has the names of its columns. */
function renamed(schemaOf: { fields: { name: string }[] }, columns: unknown): unknown {
  return Array.isArray(columns) && schemaOf.fields.length === columns.length && columns[0] === 'n1' ? { ...schemaOf, fields: schemaOf.fields.map((f, k) => ({ ...f, name: String(columns[k]) })) } : schemaOf
}

test('rows that a stage skips are not learned from', async () => {
  const session = await started()
  const pipeline = new Pipeline({
    stages: [new VectorAssembler({ inputCols: ['n1', 'n2'], outputCol: 'features', handleInvalid: 'skip' }), new LinearRegression({ labelCol: 'y' })],
  })
  const complete = rows.filter(r => r['n1'] !== null && !Number.isNaN(r['n2']))
  const [all, some] = [await pipeline.fit(session.readBatch(memory(sourceOf()))), await pipeline.fit(session.readBatch(memory(sourceOf(complete))))]
  expect(complete.length).toBeLessThan(rows.length)
  expect(all.model.digest).toBe(some.model.digest)
})

test('save() replaces nothing unless it is told to', async () => {
  const session = await started()
  const path = `${await temporaryFolder()}/model`
  const fit = async (k: number): Promise<PipelineModel> =>
    new Pipeline({ stages: [new VectorAssembler({ inputCols: ['x1', 'x2'], outputCol: 'features' }), new KMeans({ k })] }).fit(session.readBatch(memory(sourceOf())))
  const [two, three] = [await fit(2), await fit(3)]
  await two.save(path)
  await expect(three.save(path)).rejects.toMatchObject({ code: 'ML_DIRECTORY_TAKEN', message: `PipelineModel.save() writes a new directory, but there is something at "${path}". Give another path, or { overwrite: true }.` })
  expect((await PipelineModel.load(path)).model.digest).toBe(two.model.digest)
  await three.save(`${path}/`, { overwrite: true })
  expect((await PipelineModel.load(path)).model.digest).toBe(three.model.digest)
})

test('rows that cannot be learned from are named', async () => {
  const session = await started()
  const assembled = new VectorAssembler({ inputCols: ['x1', 'x2'], outputCol: 'features' })
  const messageOf = async (stages: Pipeline['stages'], given: readonly object[] = rows): Promise<unknown> => {
    const error: unknown = await new Pipeline({ stages }).fit(session.readBatch(memory(sourceOf(given)))).catch((e: unknown) => e)
    const { code, message } = error as { code: string; message: string }
    return `${code}: ${message}`
  }
  const missing = rows.findIndex(r => r['n1'] === null)
  expect([
    await messageOf([assembled, new KMeans()], []),
    await messageOf([assembled, new LogisticRegression({ labelCol: 'y' })]),
    await messageOf([assembled, new LogisticRegression({ labelCol: 'kind', family: 'binomial' })]),
    await messageOf([assembled, new LinearRegression({ labelCol: 'n1' })]),
    await messageOf([new VectorAssembler({ inputCols: ['n1'], outputCol: 'features' }), new KMeans()]),
    await messageOf([assembled, new LinearRegression({ labelCol: 'nothing' })]),
    await messageOf([new OneHotEncoder({ inputCol: 'x1', outputCol: 'o' }), assembled]),
    await messageOf([new Imputer({ inputCol: 'n1', outputCol: 'm' }), assembled], rows.map(r => ({ ...r, n1: null }))),
    await messageOf([assembled, new StandardScaler({ inputCol: 'features', outputCol: 'features' })]),
    await messageOf([new VectorAssembler({ inputCols: ['x1'], outputCol: 'features', handleInvalid: 'keep' }), new LinearRegression({ labelCol: 'y' })], rows.map(r => ({ ...r, x1: NaN }))),
    await messageOf([assembled, new KMeans({ distanceMeasure: 'cosine' })], rows.map(r => ({ ...r, x1: 0, x2: 0 }))),
  ]).toEqual([
    'ML_FIT_FAILED: The pipeline cannot be fitted: the frame has no rows. Give it rows to learn from.',
    `ML_FIT_FAILED: LogisticRegression cannot be fitted: column "y" holds ${rows[0]['y']}, and classes are whole numbers from 0 to 9999. Put a StringIndexer on the column.`,
    'ML_FIT_FAILED: LogisticRegression cannot be fitted: family "binomial" takes two classes, and column "kind" has 3. Use family "auto".',
    `ML_FIT_FAILED: LinearRegression stopped at row ${missing} of the frame: LinearRegression found no label in column "n1". Set handleInvalid where the stage has it, or leave the row out with where().`,
    `ML_FIT_FAILED: VectorAssembler stopped at row ${missing} of the frame: VectorAssembler found no value in column "n1". Set handleInvalid where the stage has it, or leave the row out with where().`,
    'ML_SCHEMA_MISMATCH: LinearRegression uses column "nothing", but neither the frame nor a stage before it has one of that name: there are "rid", "color", "size", "x1", "x2", "x3", "n1", "n2", "label", "kind", "y", "w", "features".',
    `ML_FIT_FAILED: OneHotEncoder cannot be fitted: column "x1" holds ${rows[0]['x1']}, and categories are whole numbers from 0. Put a StringIndexer before it.`,
    'ML_FIT_FAILED: Imputer cannot be fitted: column "n1" has no value in any row. Leave it out of the stage.',
    'PLAN_INVALID_OPTION: The parameters of StandardScaler do not go together: it makes column "features", which there is already.',
    'ML_FIT_FAILED: LinearRegression cannot be fitted: there are NaN or infinite values among features or labels. Put an Imputer before it, or set handleInvalid of the VectorAssembler.',
    'ML_FIT_FAILED: KMeans cannot be fitted: distanceMeasure "cosine" measures angles, and a vector of zeros has none. Leave such rows out with where().',
  ])
})

test('parameters are checked when a stage is made', () => {
  const messageOf = (make: () => unknown): string => {
    try {
      make()
    } catch (error) {
      return (error as Error).message
    }
    return 'made'
  }
  expect([
    messageOf(() => new StringIndexer({ inputCol: 'a' })),
    messageOf(() => new Imputer({ inputCols: ['a', 'b'], outputCols: ['c'] })),
    messageOf(() => new Bucketizer({ inputCol: 'a', outputCol: 'b', splits: [1, 0, 2] })),
    messageOf(() => new Bucketizer({ inputCols: ['a'], outputCols: ['b'], splits: [0, 1, 2] })),
    messageOf(() => new MinMaxScaler({ inputCol: 'a', outputCol: 'b', min: 2 })),
    messageOf(() => new RobustScaler({ inputCol: 'a', outputCol: 'b', lower: 0.9 })),
    messageOf(() => new LogisticRegression({ elasticNetParam: 2 })),
    messageOf(() => new KMeans({ seeds: 1 } as never)),
    messageOf(() => new Pipeline({ stages: [] })),
    messageOf(() => new Pipeline({ stages: ['StringIndexer'] as never })),
  ]).toEqual([
    'The parameters of StringIndexer do not go together: give either inputCol and outputCol or inputCols and outputCols.',
    'The parameters of Imputer do not go together: inputCols has 2 names and outputCols 1.',
    'Option "splits" of Bucketizer is [1,0,2], but it must be three or more ascending numbers.',
    'The parameters of Bucketizer do not go together: inputCol goes with splits, inputCols with splitsArray.',
    'The parameters of MinMaxScaler do not go together: min is 2, which is not below max, 1.',
    'The parameters of RobustScaler do not go together: lower is 0.9, which is not below upper, 0.75.',
    'Option "elasticNetParam" of LogisticRegression is 2, but it must be a number from 0 up to 1.',
    expect.stringMatching(/^There is no option "seeds" of KMeans\..*Did you mean "seed"\?$/),
    'Pipeline takes its stages: new Pipeline({ stages: [new StringIndexer({ … }), …] }).',
    'Stage 0 of the pipeline is no stage, such as new StringIndexer({ inputCol: "a", outputCol: "b" }).',
  ])
})
