import type { DocumentPart } from '../document.ts'
import { unsupported } from '../errors.ts'
import type { ModelInput } from '../model.ts'
import { type Booster, type LinearWeights, maxFeatures, maxGroups } from './booster.ts'
import { readCategoryNames } from './categories.ts'
import { type Objective, objectiveOf, toMargin } from './objective.ts'
import { readTrees } from './trees.ts'

/** A greater one may lay out its trees otherwise, which the file would not show. */
const newestMajor = 3

/**
 * Reads the `learner` of a model document (the layout is XGBoost's JSON schema, doc/model.schema, 1.0 to 3.2).
 *
 * Where the file names a best iteration (early stopping), only the rounds up to it count, as in the library's
 * scikit-learn interface.
 * @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED
 */
export function readBooster(document: DocumentPart): Booster {
  checkVersion(document)
  const learner = document.get('learner')
  const parameters = learner.get('learner_model_param')
  const features = parameters.get('num_feature').count(maxFeatures)
  const groups = readGroups(parameters)
  const objective = readObjective(learner)
  if (objective.task === 'classes' && groups < 2) throw parameters.wrong('has fewer than two classes for a multi-class objective')
  const booster = learner.get('gradient_booster')
  const name = booster.get('name').text()
  const base = { objective, groups, baseMargins: readBaseMargins(parameters, groups, objective) }
  if (name === 'gblinear') {
    const linear = readLinear(booster.get('model'), features, groups)
    // The library starts every group of a linear booster from the first base score.
    base.baseMargins.fill(base.baseMargins[0])
    return { ...base, ...readInputs(learner, undefined, features), trees: undefined, linear }
  }
  if (name !== 'gbtree' && name !== 'dart') throw unsupported('XGBoost', `the booster "${name}"`, 'Boosters gbtree, dart and gblinear are scored.')
  const model = (booster.find('gbtree') ?? booster).get('model')
  const drops = name === 'dart' ? (booster.find('weight_drop') ?? model.get('weight_drop')).float32s() : undefined
  const attributes = learner.find('attributes')
  const lastRound = attributes?.find('best_iteration')?.count()
  const best = lastRound === undefined ? undefined : { lastRound, treesPerGroup: attributes?.find('best_ntree_limit')?.count() }
  const trees = readTrees(model, drops, best, { features, groups })
  return { ...base, ...readInputs(learner, model, features), trees, linear: undefined }
}

function checkVersion(document: DocumentPart): void {
  const version = document.find('version')?.int32s()
  if (version === undefined || version.length === 0 || version[0] <= newestMajor) return
  throw unsupported('XGBoost', `the layout of XGBoost ${version.join('.')}`, `Files of versions 1 to ${newestMajor} are scored: save the model with one of those, or look for a newer Millrace.`)
}

function readGroups(parameters: DocumentPart): number {
  const classes = parameters.find('num_class')?.count(maxGroups) ?? 0
  const targets = parameters.find('num_target')?.count(maxGroups) ?? 1
  if (classes > 1 && targets > 1) {
    throw unsupported('XGBoost', `${classes} classes for each of ${targets} targets`, 'Train one model per target.')
  }
  return Math.max(1, classes, targets)
}

function readObjective(learner: DocumentPart): Objective {
  const name = learner.get('objective').get('name').text()
  const objective = objectiveOf(name)
  if (objective === undefined) {
    throw unsupported('XGBoost', `the objective "${name}"`, 'Its predictions are computed by code outside of the file; train with a built-in objective.')
  }
  return objective
}

/** base_score is one number, or since 3.x a list in text: one number, or one per group. */
function readBaseMargins(parameters: DocumentPart, groups: number, objective: Objective): Float32Array {
  const part = parameters.get('base_score')
  const text = typeof part.value === 'number' ? String(part.value) : part.text().trim()
  const items = (text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text).split(',')
  if (items.length !== 1 && items.length !== groups) throw part.wrong(`has ${items.length} numbers instead of ${groups}`)
  const margins = new Float32Array(groups)
  for (let g = 0; g < groups; g++) {
    const item = items[items.length === 1 ? 0 : g].trim()
    margins[g] = item === '' ? NaN : toMargin(Number(item), objective.link)
    if (!Number.isFinite(margins[g])) throw part.wrong(`is ${JSON.stringify(text)}, which is no base score of this objective`)
  }
  return margins
}

function readLinear(model: DocumentPart, features: number, groups: number): LinearWeights {
  const weights = model.get('weights').float32s((features + 1) * groups)
  if (weights.some(Number.isNaN)) throw model.wrong('has a weight that is not a number')
  return { features, groups, weights }
}

/** Features without a name are called f0, f1, … as the library does. */
function readInputs(learner: DocumentPart, model: DocumentPart | undefined, features: number): Pick<Booster, 'inputs' | 'isUnnamed' | 'numberedInputs' | 'lookUps'> {
  const names = learner.find('feature_names')?.texts() ?? []
  const types = learner.find('feature_types')?.texts() ?? []
  if (names.length !== 0 && names.length !== features) throw learner.wrong(`names ${names.length} features of ${features}`)
  if (types.length !== 0 && types.length !== features) throw learner.wrong(`has types of ${types.length} features of ${features}`)
  if (new Set(names).size !== names.length) throw learner.wrong('names two features alike')
  const categories = model === undefined ? [] : readCategoryNames(model, features)
  const inputs: ModelInput[] = []
  const numberedInputs = new Set<string>()
  const lookUps = new Map<string, (name: string) => number>()
  for (let f = 0; f < features; f++) {
    const name = names.length === 0 ? `f${f}` : names[f]
    const known = categories[f]
    if (types[f] !== 'c') inputs.push({ name, kind: 'number' })
    else inputs.push(known === undefined ? { name, kind: 'category' } : { name, kind: 'category', categories: known.names })
    if (types[f] === 'c' && known?.areNumbers === true) numberedInputs.add(name)
    if (types[f] === 'c' && known?.codeOf !== undefined) lookUps.set(name, known.codeOf)
  }
  return { inputs, isUnnamed: names.length === 0, numberedInputs, lookUps }
}
