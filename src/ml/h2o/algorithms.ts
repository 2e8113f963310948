import { readDeepLearning } from './deep-learning.ts'
import { readDrf } from './drf.ts'
import { readEnsemble } from './ensemble.ts'
import { notScored } from './errors.ts'
import { readExtendedIsolationForest } from './extended-isolation-forest.ts'
import { readGbm } from './gbm.ts'
import { readGlm } from './glm.ts'
import { readIsolationForest } from './isolation-forest.ts'
import { readIsotonicRegression } from './isotonic.ts'
import { readKMeans } from './kmeans.ts'
import type { Mojo } from './mojo.ts'
import { readPca } from './pca.ts'
import type { Scoring } from './scorer.ts'
import { readXGBoost } from './xgboost.ts'

/** Reads what the algorithm of a MOJO needs. `opened` has the folders of all MOJOs that are read with it. */
export function readScoring(mojo: Mojo, opened = new Set([mojo.files.prefix])): Scoring {
  switch (mojo.algorithm) {
    case 'Gradient Boosting Machine':
    case 'Gradient Boosting Method':
    case 'gbm':
      return readGbm(mojo)
    case 'Distributed Random Forest':
    case 'drf':
      return readDrf(mojo)
    case 'Isolation Forest':
    case 'isolationforest':
      return readIsolationForest(mojo)
    case 'Generalized Linear Modeling':
    case 'Generalized Linear Model':
    case 'glm':
      return readGlm(mojo)
    case 'K-means':
    case 'kmeans':
      return readKMeans(mojo)
    case 'Principal Components Analysis':
    case 'Principal Component Analysis':
    case 'pca':
      return readPca(mojo)
    case 'Deep Learning':
    case 'deep learning':
    case 'deeplearning':
      return readDeepLearning(mojo)
    case 'XGBoost':
    case 'xgboost':
      return readXGBoost(mojo)
    case 'Extended Isolation Forest':
    case 'extendedisolationforest':
      return readExtendedIsolationForest(mojo)
    case 'Isotonic Regression':
    case 'isotonicregression':
      return readIsotonicRegression(mojo)
    case 'StackedEnsemble':
    case 'Stacked Ensemble':
    case 'stackedensemble':
      return readEnsemble(mojo, opened)
    default:
      throw notScored(`the algorithm "${mojo.algorithm}"`, `Scored are ${scored.join(', ')}.`)
  }
}

const scored = [
  'Gradient Boosting Machine', 'Distributed Random Forest', 'XGBoost', 'Generalized Linear Modeling', 'Deep Learning', 'K-means',
  'Principal Components Analysis', 'Isolation Forest', 'Extended Isolation Forest', 'Isotonic Regression', 'Stacked Ensemble',
]
