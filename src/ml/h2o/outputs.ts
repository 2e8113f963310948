import { type DataType, float64Type, stringType, vectorType } from '../../columnar/data-type.ts'
import { vectorOf } from '../../columnar/builder.ts'
import { dictionaryVector, float64Vector, Vector } from '../../columnar/vector.ts'
import type { ModelOutput } from '../model.ts'
import { contributorsOf } from './contributors.ts'
import { fail, notScored } from './errors.ts'
import type { Mojo } from './mojo.ts'
import type { Extra, Scoring } from './scorer.ts'

/** What a scorer found for all rows: `width` numbers a row, and those of the extras that were asked for. */
export interface Results {
  readonly rows: number
  readonly width: number
  readonly predictions: Float64Array
  readonly extras: ReadonlyMap<Extra, Float64Array>
}

/** An output and how it is made of the results. */
export interface OutputColumn {
  readonly output: ModelOutput
  /** To be computed for it. */
  readonly extra?: Extra
  vector(results: Results): Vector
}

/** Under each of H2O's own names, and uniformly as `prediction`, `probability` and `probabilities`. */
export function outputsOf(mojo: Mojo, { scorer, extras, calibrate }: Scoring): OutputColumn[] {
  const columns = outputsOfCategory(mojo, scorer.width, calibrate)
  for (const extra of extras) {
    columns.push({ output: withContributors(extra.output, mojo), extra, vector: ({ rows, extras: found }) => extra.vector(found.get(extra) ?? new Float64Array(0), rows) })
  }
  return withoutRepeatedNames(columns)
}

/** Contributions say whose they are. */
function withContributors(output: ModelOutput, mojo: Mojo): ModelOutput {
  if (output.name !== 'contributions' || output.type.kind !== 'vector') return output
  const contributors = contributorsOf(mojo, output.type.size - 1)
  return contributors === undefined ? output : { ...output, contributors }
}

function outputsOfCategory(mojo: Mojo, width: number, calibrate: Scoring['calibrate']): OutputColumn[] {
  switch (mojo.category) {
    case 'Binomial':
    case 'Multinomial':
    case 'Ordinal':
      return classOutputs(mojo, width - 1, calibrate)
    case 'Clustering':
      return [numberAt('prediction', 0, 'predict'), numberAt('cluster', 0, 'cluster')]
    case 'AnomalyDetection':
      return anomalyOutputs(mojo, width)
    case 'DimReduction':
      return [vectorFrom('prediction', 0, width), ...Array.from({ length: width }, (_, i) => numberAt(`PC${i + 1}`, i, `PC${i + 1}`))]
    case 'AutoEncoder':
      return [vectorFrom('prediction', 0, width), ...reconstructionNames(mojo, width).map((name, i) => numberAt(name, i, name))]
    case 'Regression':
      return [numberAt('prediction', 0, 'predict')]
    default:
      throw notScored(`the category "${mojo.category}"`, 'Classification, regression, clustering, dimension reduction, anomaly detection and auto-encoders are scored.')
  }
}

function numberAt(name: string, at: number, library?: string, type: DataType = float64Type): OutputColumn {
  return {
    output: { name, type, nullable: false, ...(library === undefined ? {} : { library }) },
    vector: ({ rows, width, predictions }) => float64Vector(type, Float64Array.from({ length: rows }, (_, r) => predictions[r * width + at])),
  }
}

function vectorFrom(name: string, first: number, size: number): OutputColumn {
  const type = vectorType(size)
  return {
    output: { name, type, nullable: false },
    vector({ rows, width, predictions }) {
      const values = new Float64Array(rows * size)
      for (let r = 0; r < rows; r++) for (let i = 0; i < size; i++) values[r * size + i] = predictions[r * width + first + i]
      return new Vector(type, rows, null, values)
    },
  }
}

function classOutputs(mojo: Mojo, classes: number, calibrate: Scoring['calibrate']): OutputColumn[] {
  // A binary response of numbers has no categories.
  const labels = mojo.labels ?? (classes === 2 ? ['0', '1'] : [])
  if (new Set(labels).size !== labels.length) throw fail('its response has a category twice')
  if (labels.length !== classes) throw fail(`its response has ${labels.length} categories, but it scores ${classes} classes`)
  const dictionary = vectorOf(stringType, labels)
  const prediction: OutputColumn = {
    output: { name: 'prediction', type: stringType, nullable: false, library: 'predict' },
    vector({ rows, width, predictions }) {
      // A refused row may have no class at all; its slot only has to be a valid one.
      const codes = Int32Array.from({ length: rows }, (_, r) => Math.max(0, predictions[r * width]))
      return dictionaryVector(codes, dictionary, rows)
    },
  }
  const perClass = labels.flatMap((label, c) => fieldNames(label, mojo.labels === undefined).map(name => numberAt(name, 1 + c, name)))
  const calibrated = calibrate === undefined ? [] : labels.flatMap((label, c) => fieldNames(label, mojo.labels === undefined).map(name => calibratedAt(`cal_${name}`, c, calibrate)))
  const probability = classes === 2 ? [numberAt('probability', 2)] : []
  return [prediction, ...probability, vectorFrom('probabilities', 1, classes), ...perClass, ...calibrated]
}

function calibratedAt(name: string, label: number, calibrate: NonNullable<Scoring['calibrate']>): OutputColumn {
  return {
    output: { name, type: float64Type, nullable: false, library: name },
    vector: ({ rows, width, predictions }) => float64Vector(float64Type, Float64Array.from({ length: rows }, (_, r) => {
      const p = calibrate(predictions[r * width + 1], predictions[r * width + 2])
      return label === 0 ? 1 - p : p
    })),
  }
}

/**
 * The field of a class's probability: its label, with a "p" before whole numbers. Tools around H2O put it before every
 * label that begins with a digit, and not before a sign; where the two disagree the class has both names. Without
 * categories it is the bare number for a linear model, and `pVal0` and `pVal1` for boosted trees.
 */
function fieldNames(label: string, isNumber: boolean): string[] {
  if (isNumber) return [`p${label}`, label, `pVal${label}`]
  const byNumber = /^[+-]?\d{1,10}$/.test(label) ? `p${label}` : label
  const byDigit = /^\d/.test(label) ? `p${label}` : label
  return byNumber === byDigit ? [byNumber] : [byNumber, byDigit]
}

function anomalyOutputs(mojo: Mojo, width: number): OutputColumn[] {
  if (width < 2) throw fail(`it is to detect anomalies, but scores ${width} numbers`)
  if (width === 3) return [numberAt('prediction', 0, 'predict'), numberAt('score', 1, 'score'), numberAt('mean_length', 2, 'mean_length')]
  const score = mojo.algorithm === 'Extended Isolation Forest' ? [numberAt('anomaly_score', 0, 'anomaly_score')] : []
  return [numberAt('prediction', 0, 'predict'), ...score, numberAt('mean_length', 1, 'mean_length')]
}

function reconstructionNames({ columns, domains, features }: Mojo, width: number): string[] {
  const names = columns.slice(0, features).flatMap((column, f) => {
    const categories = domains[f]
    if (categories === undefined) return [`reconstr_${column}`]
    return [...categories.map(c => `reconstr_${column}.${c}`), `reconstr_${column}.missing(NA)`]
  })
  if (names.length !== width) throw fail(`it answers ${width} numbers for ${names.length} features`)
  const places = new Map(names.map((name, i) => [name, i]))
  const twice = names.find((name, i) => places.get(name) !== i)
  if (twice !== undefined) throw fail(`it has the output "${twice}" twice: two of its features, or categories of one, are called alike`)
  return names
}

/** A label may be called as one of our own outputs, which then keeps its name. */
function withoutRepeatedNames(columns: readonly OutputColumn[]): OutputColumn[] {
  const taken = new Set<string>()
  return columns.map(column => {
    let { name } = column.output
    while (taken.has(name)) name = `class_${name}`
    taken.add(name)
    return name === column.output.name ? column : { ...column, output: { ...column.output, name } }
  })
}
