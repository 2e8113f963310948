import { readScoring } from './algorithms.ts'
import { fail, notScored } from './errors.ts'
import { checkVersion, type Mojo, readMojo } from './mojo.ts'
import type { Block, Scorer, Scoring } from './scorer.ts'

const maxModels = 10_000

interface BaseModel {
  readonly scorer: Scorer
  /** For each of its features the one of the ensemble. */
  readonly features: Int32Array
}

/** Stacked ensembles: what the base models predict is a row for the metalearner, which predicts. */
export function readEnsemble(mojo: Mojo, opened: Set<string>): Scoring {
  checkVersion(mojo, 1.01)
  const { info, files } = mojo
  const transform = info.find('metalearner_transform') ?? 'NONE'
  if (transform !== 'NONE' && transform !== 'Logit') throw notScored(`the metalearner transform "${transform}"`, 'NONE and Logit are scored.')
  const folders = new Map<string, string>()
  for (let i = 0, count = info.count('submodel_count', maxModels, 0); i < count; i++) folders.set(info.text(`submodel_key_${i}`), info.text(`submodel_dir_${i}`))
  const read = (key: string): { mojo: Mojo; scorer: Scorer } => {
    const folder = folders.get(key)
    if (folder === undefined) throw fail(`the ensemble has no model ${JSON.stringify(key)}`)
    const below = files.below(folder)
    // Each model once: no ensemble is inside of itself, and none is read again and again.
    if (opened.has(below.prefix)) throw fail(`the model in "${below.prefix}" is used twice`)
    opened.add(below.prefix)
    const model = readMojo(below)
    return { mojo: model, scorer: readScoring(model, opened).scorer }
  }
  const bases = Array.from({ length: info.count('base_models_num', maxModels, 0) }, (_, i) => {
    const key = info.find(`base_model${i}`)
    return key === undefined ? undefined : baseModel(mojo, key, read(key))
  })
  const meta = read(info.text('metalearner'))
  return { scorer: new Ensemble(mojo, bases, meta, transform === 'Logit'), extras: [] }
}

function baseModel(ensemble: Mojo, key: string, { mojo, scorer }: { mojo: Mojo; scorer: Scorer }): BaseModel {
  const needed = probabilities(ensemble.classes) === 0 ? 1 : ensemble.classes + 1
  if (scorer.width < needed) throw fail(`the model ${JSON.stringify(key)} predicts ${scorer.width} numbers, the ensemble needs ${needed}`)
  const features = Int32Array.from(mojo.columns.slice(0, mojo.features), name => {
    const at = ensemble.columns.indexOf(name)
    if (at < 0 || at >= ensemble.features) throw fail(`the model ${JSON.stringify(key)} has the feature ${JSON.stringify(name)}, which the ensemble has not`)
    return at
  })
  return { scorer, features }
}

/** How many of a base model's class probabilities the metalearner sees; 0 when it sees the prediction. */
function probabilities(classes: number): number {
  return classes > 2 ? classes : classes === 2 ? 1 : 0
}

class Ensemble implements Scorer {
  readonly width: number
  readonly #features: number
  readonly #classes: number
  readonly #bases: readonly (BaseModel | undefined)[]
  readonly #meta: Scorer
  readonly #metaFeatures: number
  readonly #isLogit: boolean

  constructor(mojo: Mojo, bases: readonly (BaseModel | undefined)[], meta: { mojo: Mojo; scorer: Scorer }, isLogit: boolean) {
    this.width = meta.scorer.width
    this.#features = mojo.features
    this.#classes = mojo.classes
    this.#bases = bases
    this.#meta = meta.scorer
    this.#metaFeatures = bases.length * Math.max(1, probabilities(mojo.classes))
    this.#isLogit = isLogit && mojo.classes >= 2
    if (meta.mojo.features !== this.#metaFeatures) throw fail(`its metalearner takes ${meta.mojo.features} predictions of ${this.#metaFeatures}`)
  }

  score(block: Block): void {
    const { rows } = block
    const perModel = probabilities(this.#classes)
    const stride = this.#metaFeatures
    const seen = new Float64Array(rows * stride)
    this.#bases.forEach((base, b) => {
      if (base === undefined) return
      const predictions = predict(base, block, this.#features)
      const { width } = base.scorer
      // Binary models tell the probability of class 1, others those of all classes, and regressions the prediction.
      const first = perModel === 0 ? 0 : perModel === 1 ? 2 : 1
      const count = Math.max(1, perModel)
      for (let r = 0; r < rows; r++) for (let c = 0; c < count; c++) seen[r * stride + b * count + c] = predictions[r * width + first + c]
    })
    if (this.#isLogit) for (let i = 0; i < seen.length; i++) seen[i] = boundedLogit(seen[i])
    this.#meta.score({ ...block, matrix: seen, offsets: undefined })
  }
}

function predict({ scorer, features }: BaseModel, block: Block, stride: number): Float64Array {
  const { rows } = block
  const matrix = new Float64Array(rows * features.length)
  for (let r = 0; r < rows; r++) for (let f = 0; f < features.length; f++) matrix[r * features.length + f] = block.matrix[r * stride + features[f]]
  const predictions = new Float64Array(rows * scorer.width)
  scorer.score({ ...block, matrix, predictions, offsets: undefined })
  return predictions
}

function boundedLogit(p: number): number {
  const bounded = Math.min(1 - 1e-9, Math.max(p, 1e-9))
  const odds = bounded / (1 - bounded)
  return odds === 0 ? -19 : Math.max(-19, Math.log(odds))
}
