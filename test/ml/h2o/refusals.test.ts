import { describe, expect, test } from 'vitest'
import type { ModelArtefact } from '../../../src/ml/model.ts'
import { recogniseModel } from '../../../src/ml/registry.ts'
import { text } from '../support.ts'
import { zipOf } from '../zip-builder.ts'
import { archive, folder, jsonl, load, scoreAll, withInfo } from './support.ts'

const refuse = (model: ModelArtefact): Promise<unknown> => load(model).then(() => undefined, (error: unknown) => error)

test('MOJOs are told from other zip files, as archives and as folders', async () => {
  expect((await recogniseModel(archive('kmeans'))).format).toBe('h2o')
  expect((await recogniseModel(folder('kmeans'))).format).toBe('h2o')
  expect(await refuse({ files: [{ path: 'x.zip', bytes: zipOf([{ path: 'other.ini', content: text('[info]\n') }]) }] })).toMatchObject({ code: 'ML_UNKNOWN_FORMAT' })
})

describe('refused by name', () => {
  test.each<[string, ModelArtefact, string]>([
    ['an algorithm', withInfo('kmeans', { algorithm: 'Generalized Low Rank Model' }), 'algorithm "Generalized Low Rank Model"'],
    ['a newer file of trees', withInfo('drf-reg', { mojo_version: '1.50' }), 'version 1.5 of the file format of Distributed Random Forest'],
    ['a newer file of a linear model', withInfo('glm-gaussian', { mojo_version: '1.10' }), 'version 1.1 '],
    ['a link', withInfo('glm-gaussian', { link: 'probit' }), 'link "probit"'],
    ['interactions', withInfo('glm-gaussian', { nums: '5' }), '3 categorical and 5 numeric terms over 6 columns, as interactions have them'],
    ['a distribution', withInfo('gbm-deep', { distribution: 'custom' }), 'distribution "custom"'],
    ['a distribution that H2O cannot score', withInfo('dl-poisson', { distribution: 'modified_huber' }), 'distribution "modified_huber"'],
    ['an activation', withInfo('dl-poisson', { activation: 'Swish' }), 'activation "Swish"'],
    ['a categorical encoding', withInfo('gbm-deep', { _genmodel_encoding: 'Hashing' }), 'categorical encoding "Hashing"'],
    ['a calibration', withInfo('gbm-platt', { calib_method: 'spline' }), 'calibration "spline"'],
    ['a metalearner transform', withInfo('se-logit-multi', { metalearner_transform: 'Probit' }), 'metalearner transform "Probit"'],
    ['a category', withInfo('gbm-deep', { category: 'CoxPH' }), 'category "CoxPH"'],
  ])('%s', async (_, model, words) => {
    expect(await refuse(model)).toMatchObject({ code: 'ML_UNSUPPORTED', message: expect.stringContaining(words) as string })
  })
})

describe('unreadable, with the place', () => {
  const metalearner = /^metalearner = (.*)$/m.exec(new TextDecoder().decode(folder('se-logit-multi').files.find(f => f.path === 'model.ini')?.bytes))?.[1] ?? ''
  const big = text('1\n'.repeat(3))

  test.each<[string, ModelArtefact, RegExp]>([
    ['two outputs of one name', folder('dl-autoencoder', { 'domains/d001.txt': text('0\n1\n1\n3\n4\n5\n6\n') }), /the output "reconstr_d.1" twice/],
    ['a key that is not there', withInfo('kmeans', { center_num: undefined }), /model.ini has no "center_num"/],
    ['a count that is too large', withInfo('kmeans', { center_num: '2000000' }), /"center_num" of model.ini is 2000000/],
    ['a centre that is not there', withInfo('kmeans', { center_num: '900000' }), /model.ini has no "center_4"/],
    ['a list of another length', withInfo('glm-gaussian', { num_means: '[1.0]' }), /"num_means" of model.ini has 1 numbers instead of 3/],
    ['no number', withInfo('gbm-deep', { init_f: '0x10' }), /"init_f" of model.ini has "0x10", which is no number/],
    ['columns that are missing', withInfo('gbm-deep', { n_columns: '9' }), /7 columns instead of 9/],
    ['offsets that fall', withInfo('glm-gaussian', { cat_offsets: '[0, 45, 44, 52]' }), /"cat_offsets" of model.ini does not ascend/],
    ['places without end', withInfo('xgb-sparse', { cat_offsets: '[0, 5, 9, 2000000000]' }), /2000000003 places, the limit is/],
    ['a domain of another length', folder('gbm-deep', { 'domains/d000.txt': big }), /"domains\/d000.txt" has 3 categories instead of 5/],
    ['a text that is not UTF-8', folder('gbm-deep', { 'domains/d000.txt': Uint8Array.of(0xff, 10) }), /"domains\/d000.txt" is not UTF-8/],
    ['a file that is not there', folder('pca-NONE', { eigenvectors_raw: undefined }), /it has no file "eigenvectors_raw"/],
    ['a tree cut off', folder('drf-reg', { 'trees/t00_000.bin': Uint8Array.of(0, 0) }), /"trees\/t00_000.bin" ends inside a node/],
    ['a tree with more behind it', folder('drf-reg', { 'trees/t00_000.bin': Uint8Array.of(0, 255, 255, 0, 0, 0, 0, 9) }), /has 1 bytes after its last node/],
    // A split whose left child says that it is longer than it is.
    ['a left child of another size', folder('drf-reg', { 'trees/t00_000.bin': Uint8Array.of(0xc0, 0, 0, 2, 0, 0, 0, 0, 9, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0) }), /ends at byte 18, but it ends at 16/],
    ['an ensemble that is its own base model', withInfo('se-logit-multi', { submodel_dir_0: '' }), /the model in "" is used twice/],
    ['an ensemble that reads a model again and again', withInfo('se-logit-multi', { base_model0: metalearner }), /is used twice|has the feature/],
    ['too many trees', withInfo('drf-multi-ties', { n_trees: '190000' }), /it has 570000 trees, the limit is 200000/],
    ['a label twice', folder('drf-double', { 'domains/d003.txt': text('no\nno\n') }), /its response has a category twice/],
  ])('%s', async (_, model, words) => {
    expect(await refuse(model)).toMatchObject({ code: 'ML_UNREADABLE', message: expect.stringMatching(words) as string })
  })
})

test('a row that the linear model has no term for is refused, and the others are scored', async () => {
  const scored = await scoreAll(await load(archive('glm-skip')), jsonl('input.jsonl'))
  const refused = scored.filter(row => 'error' in row)
  expect(refused[0].error).toBe('Categorical feature 3 has no value, and the model was trained without rows of missing values')
  expect(scored.length - refused.length).toBe(jsonl('glm-skip.jsonl').filter(row => !('error' in row)).length)
})

test('an output of more numbers than fit is refused, not tried', async () => {
  const model = await load(archive('gbm-multinomial'))
  expect(() => model.score([], 100_000_000, ['prediction'])).toThrow(/100000000 rows of 4 numbers each are more than/)
})
