import { AutoEncoder, reconstructionError } from './auto-encoder.ts'
import { labelRow } from './classes.ts'
import { fail, notScored } from './errors.ts'
import { checkDistribution, gbmInverseLink, type InverseLink, linkOf } from './links.ts'
import { checkVersion, type Mojo } from './mojo.ts'
import { Network } from './network.ts'
import type { Block, Scorer, Scoring } from './scorer.ts'

/** Fully connected networks: classification, regression and auto-encoders. */
export function readDeepLearning(mojo: Mojo): Scoring {
  checkVersion(mojo, 1.1)
  const distribution = mojo.info.text('distribution')
  checkDistribution(distribution)
  if (distribution === 'modified_huber') throw notScored('the distribution "modified_huber" in deep learning', 'H2O itself cannot score it from a file; train with "bernoulli".')
  const isAutoEncoder = mojo.category === 'AutoEncoder'
  const isClassifier = mojo.category === 'Binomial' || mojo.category === 'Multinomial'
  const network = new Network(mojo, isAutoEncoder ? mojo.info.text('activation') : isClassifier ? 'Softmax' : 'Linear')
  if (isAutoEncoder) {
    if (network.outputs !== network.layout.width) throw fail(`its network answers ${network.outputs} numbers for ${network.layout.width}`)
    return { scorer: new AutoEncoder(network), extras: [reconstructionError(network)] }
  }
  if (network.outputs !== mojo.classes) throw fail(`its network answers ${network.outputs} numbers for ${mojo.classes} classes`)
  return { scorer: isClassifier ? new Classifier(network, mojo) : new Regression(network, mojo, gbmInverseLink(linkOf(distribution))), extras: [] }
}

class Classifier implements Scorer {
  readonly width: number
  readonly #network: Network
  readonly #mojo: Mojo

  constructor(network: Network, mojo: Mojo) {
    this.width = mojo.classes + 1
    this.#network = network
    this.#mojo = mojo
  }

  score({ rows, matrix, predictions, refuse }: Block): void {
    const { classes, features } = this.#mojo
    for (let r = 0; r < rows; r++) {
      const answer = this.#network.run(matrix, r * features)
      const at = r * this.width
      for (let c = 0; c < classes; c++) predictions[at + 1 + c] = answer[c]
      if (answer.subarray(0, classes).some(Number.isNaN)) refuse(r, 'The network answers a class probability that is not a number')
      labelRow(this.#mojo, predictions, at, classes, matrix.subarray(r * features, (r + 1) * features))
    }
  }
}

class Regression implements Scorer {
  readonly width = 1
  readonly #network: Network
  readonly #features: number
  readonly #link: InverseLink
  /** The response was standardized as (y - sub) * mul. */
  readonly #response: { readonly sub: number; readonly mul: number } | undefined

  constructor(network: Network, { info, features }: Mojo, link: InverseLink) {
    this.#network = network
    this.#features = features
    this.#link = link
    if (info.find('norm_resp_mul') !== undefined) this.#response = { mul: info.numbers('norm_resp_mul')[0], sub: info.numbers('norm_resp_sub')[0] }
  }

  score({ rows, matrix, predictions, refuse }: Block): void {
    for (let r = 0; r < rows; r++) {
      const y = this.#network.run(matrix, r * this.#features)[0]
      const scaled = this.#response === undefined ? y : y / this.#response.mul + this.#response.sub
      predictions[r] = this.#link(scaled)
      if (predictions[r] !== predictions[r]) refuse(r, 'The network answers a prediction that is not a number')
    }
  }
}
