import { readDeepLearning } from './deep-learning.ts'
import { readEnsemble } from './ensemble.ts'
import { notScored } from './errors.ts'
import { readGlm } from './glm.ts'
import { readIsotonicRegression } from './isotonic.ts'
import { readKMeans } from './kmeans.ts'
import type { Mojo } from './mojo.ts'
import { readPca } from './pca.ts'
import type { Scoring } from './scorer.ts'

/** Reads what the algorithm of a MOJO needs. `depth` is how many ensembles this one is inside of. */
export function readScoring(mojo: Mojo, depth = 0): Scoring {
  switch (mojo.algorithm) {
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
    case 'Isotonic Regression':
      return readIsotonicRegression(mojo)
    case 'StackedEnsemble':
    case 'Stacked Ensemble':
    case 'stackedensemble':
      return readEnsemble(mojo, depth)
    default:
      throw notScored(`the algorithm "${mojo.algorithm}"`, `Scored are ${scored.join(', ')}.`)
  }
}

const scored = [
  'Gradient Boosting Machine', 'Distributed Random Forest', 'XGBoost', 'Generalized Linear Modeling', 'Deep Learning', 'K-means',
  'Principal Components Analysis', 'Isolation Forest', 'Extended Isolation Forest', 'Isotonic Regression', 'Stacked Ensemble',
]
