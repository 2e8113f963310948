import { didYouMean, quoteList } from '../../common/suggest.ts'
import type { DocumentPart } from '../document.ts'

/**
 * `features.json` beside a model: how named columns become the tensors that a network takes.
 *
 *     {
 *       "format": "millrace-features", "version": 1,
 *       "tensors": {
 *         "x": [
 *           { "column": "delay",   "encode": "number", "impute": -1, "clip": [-30, 400], "mean": 15.8, "std": 44.8 },
 *           { "column": "carrier", "encode": "oneHot", "categories": ["AA", "UA"] },
 *           { "column": "dest",    "encode": "index",  "categories": ["ATL", "BOS"], "offset": 1, "unseen": 0 }
 *         ]
 *       }
 *     }
 *
 * Each step writes its cells after those of the step before it.
 */
export interface Features {
  readonly tensors: ReadonlyMap<string, readonly FeatureStep[]>
}

export type FeatureStep = NumberStep | OneHotStep | IndexStep | VectorStep

/** One cell: the value as a 32-bit float; then impute, clip and (value − mean) / std, in this order, each where given. */
export interface NumberStep {
  readonly encode: 'number'
  readonly column: string
  /** Stands in for a missing value; without it the row has no prediction. */
  readonly impute?: number
  readonly clip?: readonly [number, number]
  readonly mean?: number
  readonly std?: number
}

/** A cell per category: 1 in the one of the value, 0 elsewhere; all 0 for a missing or unseen category. */
export interface OneHotStep {
  readonly encode: 'oneHot'
  readonly column: string
  readonly categories: readonly string[]
}

/** One cell: the category's position plus `offset`, or `unseen` for a missing or unseen category. */
export interface IndexStep {
  readonly encode: 'index'
  readonly column: string
  readonly categories: readonly string[]
  readonly offset: number
  readonly unseen: number
}

/** `size` cells: a vector column as it is. */
export interface VectorStep {
  readonly encode: 'vector'
  readonly column: string
  readonly size: number
}

export const featuresFormat = 'millrace-features'
const maxCells = 4 * 1024 * 1024

const stepKeys = {
  number: ['column', 'encode', 'impute', 'clip', 'mean', 'std'],
  oneHot: ['column', 'encode', 'categories'],
  index: ['column', 'encode', 'categories', 'offset', 'unseen'],
  vector: ['column', 'encode', 'size'],
} as const

/**
 * Reads and checks a features document.
 * @throws whatever the document part's `fail` builds, naming the place
 */
export function readFeatures(document: DocumentPart): Features {
  checkKeys(document, ['format', 'version', 'tensors'])
  const format = document.get('format').text()
  if (format !== featuresFormat) throw document.wrong(`has the format "${format}" instead of "${featuresFormat}"`)
  const version = document.get('version').count()
  if (version !== 1) throw document.wrong(`has version ${version}; this release reads version 1`)
  const tensors = new Map<string, readonly FeatureStep[]>()
  const tensorsPart = document.get('tensors')
  for (const name of tensorsPart.keys()) tensors.set(name, tensorsPart.get(name).list().map(readStep))
  return { tensors }
}

/** How many cells the step writes. */
export function stepWidth(step: FeatureStep): number {
  switch (step.encode) {
    case 'number':
    case 'index':
      return 1
    case 'oneHot':
      return step.categories.length
    case 'vector':
      return step.size
  }
}

function readStep(part: DocumentPart): FeatureStep {
  const encode = part.get('encode').text()
  const column = part.get('column').text()
  switch (encode) {
    case 'number':
      checkKeys(part, stepKeys.number)
      return readNumberStep(part, column)
    case 'oneHot':
      checkKeys(part, stepKeys.oneHot)
      return { encode, column, categories: readCategories(part) }
    case 'index': {
      checkKeys(part, stepKeys.index)
      const offset = part.find('offset')?.count(maxCells) ?? 0
      return { encode, column, categories: readCategories(part), offset, unseen: part.get('unseen').count(maxCells) }
    }
    case 'vector':
      checkKeys(part, stepKeys.vector)
      return { encode, column, size: part.get('size').count(maxCells) }
    default:
      throw part.wrong(`encodes with "${encode}"; known are ${quoteList(Object.keys(stepKeys))}`)
  }
}

function readNumberStep(part: DocumentPart, column: string): NumberStep {
  const std = part.find('std')?.number()
  if (std !== undefined && Math.fround(std) <= 0) throw part.wrong(`has the standard deviation ${std}`)
  const clip = part.find('clip')?.list().map(limit => limit.number())
  if (clip !== undefined && (clip.length !== 2 || clip[0] > clip[1])) throw part.wrong('has a clip that is not [lowest, highest]')
  return {
    encode: 'number',
    column,
    impute: part.find('impute')?.number(),
    clip: clip === undefined ? undefined : [clip[0], clip[1]],
    mean: part.find('mean')?.number(),
    std,
  }
}

function readCategories(part: DocumentPart): readonly string[] {
  const categories = part.get('categories').texts()
  if (categories.length === 0) throw part.wrong('has no categories')
  if (new Set(categories).size !== categories.length) throw part.wrong('lists a category twice')
  return categories
}

/** A misspelled key would silently change what the model sees. */
function checkKeys(part: DocumentPart, known: readonly string[]): void {
  for (const key of part.keys()) if (!known.includes(key)) throw part.wrong(`has an unknown key "${key}".${didYouMean(key, known)}`)
}
