import { alsModel } from './predictors/als.ts'
import { bisectingKMeansModel } from './predictors/bisecting-kmeans.ts'
import { fmClassificationModel, fmRegressionModel } from './predictors/factorization-machines.ts'
import { gaussianMixtureModel } from './predictors/gaussian-mixture.ts'
import { generalizedLinearRegressionModel } from './predictors/generalized-linear.ts'
import { isotonicRegressionModel } from './predictors/isotonic.ts'
import { kMeansModel } from './predictors/kmeans.ts'
import { aftSurvivalRegressionModel, linearRegressionModel, linearSVCModel } from './predictors/linear-models.ts'
import { logisticRegressionModel } from './predictors/logistic-regression.ts'
import { multilayerPerceptronModel } from './predictors/multilayer-perceptron.ts'
import { naiveBayesModel } from './predictors/naive-bayes.ts'
import { oneVsRestModel } from './predictors/one-vs-rest.ts'
import {
  decisionTreeClassificationModel, decisionTreeRegressionModel, gbtClassificationModel, gbtRegressionModel, randomForestClassificationModel,
  randomForestRegressionModel,
} from './predictors/trees.ts'
import type { StageBuilder } from './stage.ts'
import { binarizer, bucketizer } from './stages/bucketizer.ts'
import { featureHasher } from './stages/feature-hasher.ts'
import { imputerModel } from './stages/imputer.ts'
import { indexToString } from './stages/index-to-string.ts'
import { interaction } from './stages/interaction.ts'
import { bucketedRandomProjectionModel, minHashModel } from './stages/lsh.ts'
import { oneHotEncoder, oneHotEncoderModel } from './stages/one-hot.ts'
import { columnPruner, rFormulaModel, vectorAttributeRewriter } from './stages/rformula.ts'
import { maxAbsScalerModel, minMaxScalerModel, robustScalerModel, standardScalerModel } from './stages/scalers.ts'
import { sqlTransformer } from './stages/sql-transformer.ts'
import { stringIndexerModel } from './stages/string-indexer.ts'
import { targetEncoderModel } from './stages/target-encoder.ts'
import { countVectorizerModel, hashingTF } from './stages/term-counts.ts'
import { nGram, regexTokenizer, stopWordsRemover, tokenizer } from './stages/tokenizers.ts'
import { vectorAssembler } from './stages/vector-assembler.ts'
import { dct, elementwiseProduct, idfModel, normalizer, pcaModel, polynomialExpansion } from './stages/vector-functions.ts'
import { vectorIndexerModel } from './stages/vector-indexer.ts'
import { vectorSizeHint } from './stages/vector-size-hint.ts'
import { selectorModel, vectorSlicer } from './stages/vector-slicer.ts'
import { word2VecModel } from './stages/word2vec.ts'

/** Every stage that is scored, by Spark's class below org.apache.spark.ml. */
export const stageBuilders: ReadonlyMap<string, StageBuilder> = new Map<string, StageBuilder>([
  ['feature.Binarizer', binarizer],
  ['feature.BucketedRandomProjectionLSHModel', bucketedRandomProjectionModel],
  ['feature.Bucketizer', bucketizer],
  ['feature.ChiSqSelectorModel', selectorModel],
  ['feature.ColumnPruner', columnPruner],
  ['feature.CountVectorizerModel', countVectorizerModel],
  ['feature.DCT', dct],
  ['feature.ElementwiseProduct', elementwiseProduct],
  ['feature.FeatureHasher', featureHasher],
  ['feature.HashingTF', hashingTF],
  ['feature.IDFModel', idfModel],
  ['feature.ImputerModel', imputerModel],
  ['feature.IndexToString', indexToString],
  ['feature.Interaction', interaction],
  ['feature.MaxAbsScalerModel', maxAbsScalerModel],
  ['feature.MinHashLSHModel', minHashModel],
  ['feature.MinMaxScalerModel', minMaxScalerModel],
  ['feature.NGram', nGram],
  ['feature.Normalizer', normalizer],
  ['feature.OneHotEncoder', oneHotEncoder],
  ['feature.OneHotEncoderModel', oneHotEncoderModel],
  ['feature.PCAModel', pcaModel],
  ['feature.PolynomialExpansion', polynomialExpansion],
  ['feature.RFormulaModel', rFormulaModel],
  ['feature.RegexTokenizer', regexTokenizer],
  ['feature.RobustScalerModel', robustScalerModel],
  ['feature.SQLTransformer', sqlTransformer],
  ['feature.StandardScalerModel', standardScalerModel],
  ['feature.StopWordsRemover', stopWordsRemover],
  ['feature.StringIndexerModel', stringIndexerModel],
  ['feature.TargetEncoderModel', targetEncoderModel],
  ['feature.Tokenizer', tokenizer],
  ['feature.UnivariateFeatureSelectorModel', selectorModel],
  ['feature.VarianceThresholdSelectorModel', selectorModel],
  ['feature.VectorAssembler', vectorAssembler],
  ['feature.VectorAttributeRewriter', vectorAttributeRewriter],
  ['feature.VectorIndexerModel', vectorIndexerModel],
  ['feature.VectorSizeHint', vectorSizeHint],
  ['feature.VectorSlicer', vectorSlicer],
  ['feature.Word2VecModel', word2VecModel],
  ['classification.DecisionTreeClassificationModel', decisionTreeClassificationModel],
  ['classification.GBTClassificationModel', gbtClassificationModel],
  ['classification.RandomForestClassificationModel', randomForestClassificationModel],
  ['classification.FMClassificationModel', fmClassificationModel],
  ['classification.LinearSVCModel', linearSVCModel],
  ['classification.LogisticRegressionModel', logisticRegressionModel],
  ['classification.MultilayerPerceptronClassificationModel', multilayerPerceptronModel],
  ['classification.NaiveBayesModel', naiveBayesModel],
  ['classification.OneVsRestModel', oneVsRestModel],
  ['clustering.BisectingKMeansModel', bisectingKMeansModel],
  ['clustering.GaussianMixtureModel', gaussianMixtureModel],
  ['clustering.KMeansModel', kMeansModel],
  ['recommendation.ALSModel', alsModel],
  ['regression.AFTSurvivalRegressionModel', aftSurvivalRegressionModel],
  ['regression.DecisionTreeRegressionModel', decisionTreeRegressionModel],
  ['regression.GBTRegressionModel', gbtRegressionModel],
  ['regression.RandomForestRegressionModel', randomForestRegressionModel],
  ['regression.FMRegressionModel', fmRegressionModel],
  ['regression.GeneralizedLinearRegressionModel', generalizedLinearRegressionModel],
  ['regression.IsotonicRegressionModel', isotonicRegressionModel],
  ['regression.LinearRegressionModel', linearRegressionModel],
])
