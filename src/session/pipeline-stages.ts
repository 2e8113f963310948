import type { OptionsOf } from '../common/options.ts'
import { type StageSpec, stageSpec } from '../ml/fit/fit-pipeline.ts'
import type { StageDefinition } from '../ml/fit/stage-definition.ts'
import { kMeans } from '../ml/fit/stages/k-means.ts'
import { imputer } from '../ml/fit/stages/imputer.ts'
import { linearRegression } from '../ml/fit/stages/linear-regression.ts'
import { logisticRegression } from '../ml/fit/stages/logistic-regression.ts'
import { oneHotEncoder } from '../ml/fit/stages/one-hot-encoder.ts'
import { maxAbsScaler, minMaxScaler, robustScaler, standardScaler } from '../ml/fit/stages/scalers.ts'
import { stringIndexer } from '../ml/fit/stages/string-indexer.ts'
import { bucketizer, vectorAssembler } from '../ml/fit/stages/transformers.ts'

/** The parameters of a stage, with Spark's names; those that are not given have Spark's defaults. */
export type StageOptions<D extends StageDefinition> = OptionsOf<D['params']>

/** A stage of a {@link Pipeline}. Parameters are checked when it is made. */
export class PipelineStage {
  readonly kind = 'PipelineStage'
  /** @internal */
  readonly spec: StageSpec

  /** @internal @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
  constructor(spec: StageSpec) {
    this.spec = spec
  }
}

/** Texts as numbers: `new StringIndexer({ inputCol: 'carrier', outputCol: 'carrierIndex', handleInvalid: 'keep' })`. */
export class StringIndexer extends PipelineStage {
  constructor(options: StageOptions<typeof stringIndexer>) {
    super(stageSpec(stringIndexer, options))
  }
}

/** Categories as vectors with a single 1: `new OneHotEncoder({ inputCols: ['carrierIndex'], outputCols: ['carrierVector'] })`. */
export class OneHotEncoder extends PipelineStage {
  constructor(options: StageOptions<typeof oneHotEncoder>) {
    super(stageSpec(oneHotEncoder, options))
  }
}

/** Numbers and vectors side by side: `new VectorAssembler({ inputCols: ['hour', 'carrierVector'], outputCol: 'features' })`. */
export class VectorAssembler extends PipelineStage {
  constructor(options: StageOptions<typeof vectorAssembler>) {
    super(stageSpec(vectorAssembler, options))
  }
}

/** Vectors of mean 0 (`withMean`) and deviation 1 (`withStd`). */
export class StandardScaler extends PipelineStage {
  constructor(options: StageOptions<typeof standardScaler>) {
    super(stageSpec(standardScaler, options))
  }
}

/** Vectors between `min` and `max`. */
export class MinMaxScaler extends PipelineStage {
  constructor(options: StageOptions<typeof minMaxScaler>) {
    super(stageSpec(minMaxScaler, options))
  }
}

/** Vectors between −1 and 1; zeros stay zeros. */
export class MaxAbsScaler extends PipelineStage {
  constructor(options: StageOptions<typeof maxAbsScaler>) {
    super(stageSpec(maxAbsScaler, options))
  }
}

/** Vectors scaled by quantiles, which outliers do not move. */
export class RobustScaler extends PipelineStage {
  constructor(options: StageOptions<typeof robustScaler>) {
    super(stageSpec(robustScaler, options))
  }
}

/** Mean, median or mode in place of missing numbers: `new Imputer({ inputCols: ['wind'], outputCols: ['wind_filled'] })`. */
export class Imputer extends PipelineStage {
  constructor(options: StageOptions<typeof imputer>) {
    super(stageSpec(imputer, options))
  }
}

/** Numbers as buckets: `new Bucketizer({ inputCol: 'hour', outputCol: 'part', splits: [0, 6, 12, 18, 24] })`. */
export class Bucketizer extends PipelineStage {
  constructor(options: StageOptions<typeof bucketizer>) {
    super(stageSpec(bucketizer, options))
  }
}

/** Probabilities of two or more classes: `new LogisticRegression({ labelCol: 'late', regParam: 0.01 })`. */
export class LogisticRegression extends PipelineStage {
  constructor(options: StageOptions<typeof logisticRegression> = {}) {
    super(stageSpec(logisticRegression, options))
  }
}

/** Least squares: `new LinearRegression({ labelCol: 'delay' })`. */
export class LinearRegression extends PipelineStage {
  constructor(options: StageOptions<typeof linearRegression> = {}) {
    super(stageSpec(linearRegression, options))
  }
}

/** Clusters around `k` centres: `new KMeans({ k: 5, seed: 1 })`. */
export class KMeans extends PipelineStage {
  constructor(options: StageOptions<typeof kMeans> = {}) {
    super(stageSpec(kMeans, options))
  }
}
